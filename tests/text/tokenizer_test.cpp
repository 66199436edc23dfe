// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer.hpp"

#include "support/errors.hpp"
#include "support/utf8.hpp"
#include "text/prompt.hpp"
#include "tokenizer_data.hpp"
#include "unicode/byte_alphabet.hpp"
#include "unicode/normalizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace lightreasoner::text {
namespace {

using nlohmann::json;
using Ids = std::vector<TokenId>;

/// Ids and texts that `tokenizers` gives with one tokenizer.
void expect_golden(const Tokenizer& tokenizer, const json& golden, const json& texts,
                   const json& id_lists) {
  ASSERT_EQ(golden.at("ids").size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto text = texts[i].get<std::string>();
    EXPECT_EQ(tokenizer.encode(text), golden["ids"][i].get<Ids>()) << texts[i];
    if (i < golden.at("with_special_tokens").size()) {
      EXPECT_EQ(tokenizer.encode(text, SpecialTokens::added),
                golden["with_special_tokens"][i].get<Ids>())
          << texts[i];
    }
  }
  for (std::size_t i = 0; i < id_lists.size(); ++i) {
    const auto ids = id_lists[i].get<Ids>();
    EXPECT_EQ(tokenizer.decode(ids, false), golden["decoded"][i][0]) << id_lists[i];
    EXPECT_EQ(tokenizer.decode(ids, true), golden["decoded"][i][1]) << id_lists[i];
  }
}

TEST(Tokenizer, GivesWhatTokenizersGives) {
  const json goldens = read_test_json("goldens.json");
  ASSERT_GE(goldens.at("texts").size(), 60U);
  for (const auto& [name, variant] : goldens.at("variants").items()) {
    SCOPED_TRACE(name);
    expect_golden(Tokenizer::parse(demo_tokenizer_json().patch(variant.at("patch")).dump(), name),
                  variant, goldens["texts"], goldens["decoded_ids"]);
  }
}

TEST(Tokenizer, AddsTheTokensOfItsConfigAsTransformersDoes) {
  // New tokens get their ids in the order of the files.
  const auto goldens = read_test_json<nlohmann::ordered_json>("goldens.json").at("configs");
  for (const auto& [name, golden] : goldens.at("cases").items()) {
    const std::string config = golden.at("config").dump();
    const std::string special_tokens = golden.at("special_tokens").dump();
    const std::string added_tokens = golden.at("added_tokens").dump();
    const Tokenizer tokenizer = Tokenizer::parse(demo_tokenizer_json().dump(), "tokenizer.json",
                                                 {.json = config,
                                                  .special_tokens = special_tokens,
                                                  .added_tokens = added_tokens,
                                                  .folder = "model"});
    for (std::size_t i = 0; i < goldens.at("texts").size(); ++i) {
      const auto ids = tokenizer.encode(goldens["texts"][i].get<std::string>());
      EXPECT_EQ(ids, golden["ids"][i].get<Ids>()) << name << ", text " << i;
      EXPECT_EQ(tokenizer.decode(ids, true), golden["decoded"][i].get<std::string>())
          << name << ", text " << i;
    }
  }
}

TEST(Tokenizer, GivesWhatTokenizersGivesForEachFamily) {
  const json goldens = read_test_json("goldens.json");
  json texts = goldens.at("texts");
  texts.insert(texts.end(), goldens.at("hard_texts").begin(), goldens.at("hard_texts").end());
  ASSERT_EQ(goldens.at("families").size(), families.size());
  for (const std::string family : families) {
    SCOPED_TRACE(family);
    expect_golden(family_tokenizer(family), goldens["families"].at(family), texts,
                  goldens["decoded_ids"]);
  }
}

/// What is left of a text without the bytes that no token spells.
std::string spelled_part(const Tokenizer& tokenizer, const std::string& text) {
  std::string spelled;
  for (const char byte : text) {
    const std::string token = unicode::byte_character(static_cast<std::uint8_t>(byte));
    if (tokenizer.find(token)) spelled += byte;
  }
  return support::repair_utf8(spelled);
}

TEST(Tokenizer, LeavesOutWhatTheVocabularyCannotSpell) {
  const Tokenizer tokenizer = family_tokenizer("smollm2");
  EXPECT_EQ(tokenizer.encode("a\x04"
                             "b"),
            (Ids{*tokenizer.find("a"), *tokenizer.find("b")}));
  EXPECT_THAT(tokenizer.encode("\x04\x1d"), ::testing::IsEmpty());
}

TEST(Tokenizer, DecodeOfEncodeIsTheText) {
  std::mt19937 random(11);
  std::vector<Tokenizer> tokenizers{demo_tokenizer()};
  for (const char* family : families) tokenizers.push_back(family_tokenizer(family));
  for (int round = 0; round < 1500; ++round) {
    const std::string text = random_text(random, random() % 60);
    for (const Tokenizer& tokenizer : tokenizers) {
      const Ids ids = tokenizer.encode(text);
      if (!tokenizer.find(unicode::byte_character(0x04))) {  // SmolLM2's, without some bytes
        ASSERT_EQ(tokenizer.decode(ids, false), spelled_part(tokenizer, text)) << json(text);
      } else if (tokenizer.find("<think>") && tokenizer.find("<|im_start|>")) {  // Qwen's, with NFC
        ASSERT_EQ(unicode::to_nfc(tokenizer.decode(ids, false)), unicode::to_nfc(text))
            << json(text);
      } else {
        ASSERT_EQ(tokenizer.decode(ids, false), text) << json(text);
      }
      for (const TokenId id : ids) ASSERT_LT(id, tokenizer.vocabulary_size());
    }
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

const json begin_with_a_token = json::parse(R"({"type": "TemplateProcessing", "single":
    [{"SpecialToken": {"id": "a", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [], "special_tokens": {"a": {"id": "a", "ids": [0], "tokens": ["a"]}}})");

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
      {"/added_tokens/0/single_word", true},
      {"/added_tokens/0/lstrip", true},
      {"/added_tokens/0/rstrip", true},
      {"/normalizer", {{"type", "NFC"}}},
      {"/pre_tokenizer/pretokenizers/1/use_regex", true},
      {"/pre_tokenizer/pretokenizers/1/add_prefix_space", true},
      {"/post_processor", begin_with_a_token},
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
