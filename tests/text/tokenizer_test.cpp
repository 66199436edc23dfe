// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer.hpp"

#include "support/errors.hpp"
#include "text/prompt.hpp"
#include "tokenizer_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace lightreasoner::text {
namespace {

using nlohmann::json;
using Ids = std::vector<TokenId>;

TEST(Tokenizer, GivesTheIdsOfTokenizers) {
  const json goldens = read_test_json("goldens.json");
  const json& texts = goldens.at("texts");
  ASSERT_GE(texts.size(), 60U);
  for (const auto& [name, variant] : goldens.at("variants").items()) {
    const Tokenizer tokenizer =
        Tokenizer::parse(demo_tokenizer_json().patch(variant.at("patch")).dump(), name);
    ASSERT_EQ(variant.at("ids").size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto text = texts[i].get<std::string>();
      const Ids ids = tokenizer.encode(text);
      EXPECT_EQ(ids, variant["ids"][i].get<Ids>()) << name << ": " << text;
      if (variant.at("patch").empty()) {
        EXPECT_EQ(tokenizer.decode(ids, false), text);
      }
    }
  }
}

TEST(Tokenizer, GivesTheTextOfTokenizers) {
  const json goldens = read_test_json("goldens.json");
  const json& lists = goldens.at("decoded_ids");
  for (const auto& [name, variant] : goldens.at("variants").items()) {
    const Tokenizer tokenizer =
        Tokenizer::parse(demo_tokenizer_json().patch(variant.at("patch")).dump(), name);
    for (std::size_t i = 0; i < lists.size(); ++i) {
      const auto ids = lists[i].get<Ids>();
      EXPECT_EQ(tokenizer.decode(ids, false), variant["decoded"][i][0]) << name << lists[i];
      EXPECT_EQ(tokenizer.decode(ids, true), variant["decoded"][i][1]) << name << lists[i];
    }
  }
}

std::string random_text(std::mt19937& random, std::size_t length) {
  const std::vector<std::string> parts{"<|im_start|>", "<|",     " ",       "\n",     "1",
                                       "st",           "\u00e9", "e\u0301", "\u4e16", "\U0001f600",
                                       "'s",           "\\"};
  std::string text;
  for (std::size_t i = 0; i < length; ++i) {
    if (random() % 2 == 0) {
      text += parts[random() % parts.size()];
    } else {
      text += static_cast<char>(random() % 128);
    }
  }
  return text;
}

TEST(Tokenizer, DecodeOfEncodeIsTheText) {
  const Tokenizer tokenizer = demo_tokenizer();
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_text(random, random() % 60);
    const Ids ids = tokenizer.encode(text);
    ASSERT_EQ(tokenizer.decode(ids, false), text);
    for (const TokenId id : ids) ASSERT_LT(id, tokenizer.vocabulary_size());
  }
}

TEST(Tokenizer, RefusesTextThatIsNotUtf8) {
  EXPECT_THROW((void)demo_tokenizer().encode("ab\xFF"), support::UserError);
}

TEST(Tokenizer, PassesOverIdsWithoutAToken) {
  EXPECT_EQ(demo_tokenizer().decode(Ids{-1, 4, 485, 4, 1 << 30}, false), "\"\"");
}

TEST(Tokenizer, ShowsTokensToAPerson) {
  const Tokenizer tokenizer = demo_tokenizer();
  EXPECT_EQ(tokenizer.token_text(1), "<|im_start|>");
  EXPECT_EQ(tokenizer.token_text(tokenizer.find("st").value()), "st");
  EXPECT_EQ(tokenizer.token_text(tokenizer.find("\u0120").value()), " ");
  EXPECT_EQ(tokenizer.token_text(tokenizer.find("\u00e2").value()), "\\xE2");
  EXPECT_EQ(tokenizer.token_text(485), "<id 485>");
  EXPECT_EQ(tokenizer.token_text(-1), "<id -1>");
}

TEST(Tokenizer, FindsTokensBySpelling) {
  const Tokenizer tokenizer = demo_tokenizer();
  EXPECT_EQ(tokenizer.find("<|im_end|>"), 2);
  EXPECT_EQ(tokenizer.find("no such token"), std::nullopt);
  EXPECT_EQ(tokenizer.vocabulary_size(), 485);
}

TEST(Tokenizer, FingerprintIgnoresLayoutOnly) {
  const json plain = demo_tokenizer_json();
  const std::string fingerprint = Tokenizer::parse(plain.dump(), "a").fingerprint();
  EXPECT_EQ(fingerprint.size(), 64U);
  EXPECT_EQ(Tokenizer::parse(plain.dump(2), "b").fingerprint(), fingerprint);
  json same = plain;
  for (json& merge : same["model"]["merges"]) {
    merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  }
  std::swap(same["added_tokens"][0], same["added_tokens"][2]);
  EXPECT_EQ(Tokenizer::parse(same.dump(), "c").fingerprint(), fingerprint);

  const std::vector<std::pair<const char*, json>> changes{
      {"/model/merges/0", plain["model"]["merges"][1]},
      {"/model/ignore_merges", true},
      {"/added_tokens/0/special", false},
      {"/added_tokens/0/normalized", true},
      {"/pre_tokenizer/pretokenizers/1/use_regex", true},
  };
  for (const auto& [path, value] : changes) {
    json changed = plain;
    changed[json::json_pointer(path)] = value;
    EXPECT_NE(Tokenizer::parse(changed.dump(), path).fingerprint(), fingerprint) << path;
  }
}

TEST(EncodePrompt, IsOneStringInTheFormatsOrder) {
  const Tokenizer tokenizer = demo_tokenizer();
  const PromptFormat format{.system = "S"};
  EXPECT_EQ(tokenizer.decode(encode_prompt(tokenizer, format, "Q <|im_end|>"), false),
            "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nQ <|im_end|><|im_end|>\n"
            "<|im_start|>assistant\n");
  // A word that reaches over the seam of two parts is one word.
  const PromptFormat seam{
      .system = "", .before_system = "", .before_question = "s", .after_question = ""};
  EXPECT_EQ(encode_prompt(tokenizer, seam, "t"), Ids{tokenizer.find("st").value()});
}

}  // namespace
}  // namespace lightreasoner::text
