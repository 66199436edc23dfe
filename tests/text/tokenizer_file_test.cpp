// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_file.hpp"

#include "support/refusal.hpp"
#include "tokenizer_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace lightreasoner::text {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;
using testing_support::refusal_of;

std::string error_of(const std::string& bytes) {
  return refusal_of([&] { return Tokenizer::parse(bytes, "model/tokenizer.json"); });
}

struct Change {
  const char* path;
  json value;
  const char* message;
};

const json split = {{"type", "Split"},
                    {"pattern", {{"Regex", "[a-z]+"}}},
                    {"behavior", "Isolated"},
                    {"invert", false}};

/// A post-processor whose template for one text is `single`, with a special token "a" of id `id`.
json template_of(const char* single, const json& id = 0) {
  return {{"type", "TemplateProcessing"},
          {"single", json::parse(single)},
          {"special_tokens", {{"a", {{"id", "a"}, {"ids", {id}}, {"tokens", {"a"}}}}}}};
}

constexpr const char* bos_and_text =
    R"([{"SpecialToken": {"id": "a"}}, {"Sequence": {"id": "A"}}])";
const json two_templates = {{"type", "Sequence"},
                            {"processors", {template_of(bos_and_text), template_of(bos_and_text)}}};
const json string_split = {
    {"type", "Split"}, {"pattern", {{"String", " "}}}, {"behavior", "Isolated"}, {"invert", false}};

const std::vector<Change> refused_parts{
    {"/normalizer",
     {{"type", "NFKC"}},
     "key \"normalizer.type\": is \"NFKC\": not supported; use a model with"},
    {"/normalizer",
     {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}, {{"type", "Lowercase"}}}}},
     "key \"normalizer.normalizers.1.type\": is \"Lowercase\": not supported"},
    {"/model/type", "Unigram", "key \"model.type\": is \"Unigram\": not supported"},
    {"/model/dropout", 0.1, "key \"model.dropout\": is 0.1: not supported"},
    {"/model/end_of_word_suffix", "</w>",
     "key \"model.end_of_word_suffix\": is \"</w>\": not supported"},
    {"/model/continuing_subword_prefix", "##",
     "key \"model.continuing_subword_prefix\": is \"##\": not"},
    {"/decoder", {{"type", "Metaspace"}}, "key \"decoder.type\": is \"Metaspace\": not supported"},
    {"/decoder", nullptr, "key \"decoder\": is missing"},
    {"/post_processor", two_templates,
     "key \"post_processor.processors.1.type\": is a second template: not supported"},
    {"/post_processor", template_of(R"([{"SpecialToken": {"id": "a"}}])"),
     "key \"post_processor.single\": holds the text 0 times, once is supported"},
    {"/post_processor", template_of(R"([{"Sequence": {"id": "B"}}])"),
     "key \"post_processor.single.0.Sequence.id\": is \"B\": not supported"},
    {"/post_processor",
     {{"type", "BertProcessing"}},
     "key \"post_processor.type\": is \"BertProcessing\": not supported"},
    {"/pre_tokenizer", nullptr, "key \"pre_tokenizer\": must end with its one \"ByteLevel\""},
    {"/pre_tokenizer",
     {{"type", "Metaspace"}},
     "key \"pre_tokenizer\": must end with its one \"ByteLevel\""},
    {"/pre_tokenizer/pretokenizers/0",
     {{"type", "Punctuation"}},
     "key \"pre_tokenizer.pretokenizers.0.type\": is \"Punctuation\": not"},
    {"/pre_tokenizer/pretokenizers/0", string_split,
     "pretokenizers.0.pattern\": is {\"String\":\" \"}: not supported"},
    {"/pre_tokenizer/pretokenizers/0/behavior", "Removed",
     "pretokenizers.0.behavior\": is \"Removed\": not supported"},
    {"/pre_tokenizer/pretokenizers/0/invert", true,
     "pretokenizers.0.invert\": is true: not supported"},
    {"/pre_tokenizer/pretokenizers/0", split,
     "pattern.Regex\": is \"[a-z]+\": not supported, only those of GPT-2, Qwen2, Llama 3, "
     "DeepSeek-V3 "
     "numbers, DeepSeek-V3 Chinese and Japanese, DeepSeek-V3 words, demo pair"},
};

const std::vector<Change> malformed_parts{
    {"/model", 3, "key \"model\": is 3, expected an object"},
    {"/model/vocab", json::array({"a"}), "key \"model.vocab\": is [\"a\"], expected an object"},
    {"/model/vocab/st", 0, "is 0, the id of "},
    {"/model/vocab/st", -1,
     "key \"model.vocab.st\": is -1; ids must be whole numbers from 0 to 16777215"},
    {"/model/vocab/st", 1 << 24, "key \"model.vocab.st\": is 16777216; ids must be"},
    {"/model/vocab/st", 1e300, "key \"model.vocab.st\": is 1e+300; ids must be"},
    {"/model/vocab/st", "x", "key \"model.vocab.st\": is \"x\"; ids must be"},
    {"/model/merges", json::object(), "key \"model.merges\": is {}, expected a list"},
    {"/model/merges/0", "s t i", "key \"model.merges.0\": is \"s t i\", expected a pair of tokens"},
    {"/model/merges/0", json::array({"s"}), "is [\"s\"], expected a pair of tokens"},
    {"/model/merges/0", "s \u4e16", "key \"model.merges.0\": names \"\u4e16\", which is no token"},
    {"/model/merges/0", "im <|im_end|>",
     "key \"model.merges.0\": names \"im<|im_end|>\", which is no token"},
    {"/added_tokens/0/special", "yes",
     "key \"added_tokens.0.special\": is \"yes\", expected true or false"},
    {"/added_tokens/0/lstrip", 1, "key \"added_tokens.0.lstrip\": is 1, expected true or false"},
    {"/pre_tokenizer/pretokenizers/0", {{"type", "Digits"}}, "individual_digits\": is missing"},
    {"/post_processor", template_of(bos_and_text, 485),
     "special_tokens.a.ids.0\": is 485, which is no token's id"},
    {"/post_processor", template_of(bos_and_text, "x"),
     "special_tokens.a.ids.0\": is \"x\", expected a whole number"},
    {"/post_processor", template_of(R"([{"SpecialToken": {"id": "b"}}])"),
     "key \"post_processor.special_tokens.b\": is missing"},
};

TEST(ReadTokenizerFile, NamesWhatIsWrong) {
  for (const auto* table : {&refused_parts, &malformed_parts}) {
    for (const Change& change : *table) {
      json changed = demo_tokenizer_json();
      changed[json::json_pointer(change.path)] = change.value;
      EXPECT_THAT(error_of(changed.dump()), HasSubstr(change.message)) << change.path;
    }
  }
}

TEST(ReadTokenizerFile, WantsSomeBytesAndToKnowWhatStandsForOthers) {
  json changed = demo_tokenizer_json();
  changed["model"]["vocab"].erase("\u00ff");
  EXPECT_EQ(error_of(changed.dump()), "accepted");
  json fallback = changed;
  fallback["model"]["byte_fallback"] = true;
  EXPECT_EQ(error_of(fallback.dump()), "accepted");
  fallback["model"]["vocab"]["<0xC3>"] = 1000;
  EXPECT_EQ(error_of(fallback.dump()), "accepted");  // the byte's character has two bytes
  fallback["model"]["vocab"]["<0xBF>"] = 1001;
  EXPECT_THAT(error_of(fallback.dump()), HasSubstr("key \"model.byte_fallback\": is true: not"));
  changed["model"]["unk_token"] = "<unk>";
  EXPECT_THAT(error_of(changed.dump()),
              HasSubstr("key \"model.unk_token\": is \"<unk>\", which is no token"));
  changed["model"]["vocab"] = {{"ab", 0}};
  EXPECT_THAT(error_of(changed.dump()),
              HasSubstr("key \"model.vocab\": holds no token of a single byte"));
}

TEST(ReadTokenizerFile, IgnoresTruncationAndPadding) {
  json changed = demo_tokenizer_json();
  changed["truncation"] = {
      {"direction", "Right"}, {"max_length", 3}, {"strategy", "LongestFirst"}, {"stride", 0}};
  changed["padding"] = {{"strategy", {{"Fixed", 50}}},
                        {"direction", "Left"},
                        {"pad_to_multiple_of", nullptr},
                        {"pad_id", 0},
                        {"pad_type_id", 0},
                        {"pad_token", "<|endoftext|>"}};
  const std::string text = "Lily has 3 apples and buys 5 more.";
  EXPECT_EQ(Tokenizer::parse(changed.dump(), "changed").encode(text, SpecialTokens::added),
            demo_tokenizer().encode(text, SpecialTokens::added));
}

TEST(ReadTokenizerFile, LimitsSizeDepthAndCount) {
  EXPECT_THAT(error_of(std::string(support::JsonLimits{}.bytes + 1, ' ')),
              HasSubstr("at most 67108864"));
  EXPECT_THAT(error_of(std::string(1 << 20, '[')), HasSubstr("nested deeper than 64 levels"));
  std::string many = "[0";
  for (std::size_t i = 0; i <= support::JsonLimits{}.values; ++i) many += ",0";
  EXPECT_THAT(error_of(many + "]"), HasSubstr("more than 4000000 JSON values"));
}

TEST(ReadTokenizerFile, LongTextInAFileMakesNoLongMessage) {
  json changed = demo_tokenizer_json();
  changed["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = std::string(1 << 20, 'a');
  EXPECT_LT(error_of(changed.dump()).size(), 500U);
  EXPECT_LT(error_of("\"" + std::string(1 << 20, 'a')).size(), 500U);
}

/// A tokenizer.json that is taken must also work.
std::string outcome_of(const std::string& bytes) {
  return refusal_of([&] {
    const Tokenizer tokenizer = Tokenizer::parse(bytes, "model/tokenizer.json");
    const std::string text = "I'm 12 caf\u00e9s e\u0301 <|im_end|> \u4f60\n";
    (void)tokenizer.decode(tokenizer.encode(text, SpecialTokens::added), true);
  });
}

TEST(ReadTokenizerFile, RandomChangesNeverCrash) {
  std::mt19937 random(3);
  for (const std::string family : families) {
    const std::string valid = read_test_json(family + ".json").dump();
    for (int round = 0; round < 150; ++round) {
      std::string bytes = valid;
      for (std::size_t i = 0; i <= random() % 3; ++i) {
        bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
      }
      if (round % 8 == 0) bytes.resize(random() % bytes.size());
      EXPECT_THAT(outcome_of(bytes),
                  testing::AnyOf("accepted", StartsWith("model/tokenizer.json:")));
    }
  }
}

/// Values of wrong types and of other places, put anywhere but into the long lists.
TEST(ReadTokenizerFile, MovedValuesNeverCrash) {
  std::mt19937 random(4);
  for (const std::string family : families) {
    json valid = read_test_json(family + ".json");
    const json all = valid.flatten();
    std::vector<std::string> paths;
    for (const auto& [path, value] : all.items()) {
      const bool is_long = path.starts_with("/model/vocab") || path.starts_with("/model/merges");
      if (!is_long || random() % 50 == 0) paths.push_back(path);
    }
    for (int round = 0; round < 150; ++round) {
      json changed = valid;
      json::json_pointer place(paths[random() % paths.size()]);
      while (!place.empty() && random() % 2 == 0) place = place.parent_pointer();
      const json::json_pointer source(paths[random() % paths.size()]);
      const std::vector<json> values{nullptr, -1,   1e300, "",    "\xc3\xa9",    json::array(),
                                     {{}},    true, all,   "a b", valid[source], json::object()};
      changed[place] = values[random() % values.size()];
      EXPECT_THAT(outcome_of(changed.dump()),
                  testing::AnyOf("accepted", StartsWith("model/tokenizer.json:")));
    }
  }
}

}  // namespace
}  // namespace lightreasoner::text
