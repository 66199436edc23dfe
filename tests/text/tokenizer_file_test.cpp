// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_file.hpp"

#include "support/errors.hpp"
#include "text/tokenizer_json.hpp"
#include "tokenizer_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace lightreasoner::text {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(const std::string& bytes) {
  try {
    (void)Tokenizer::parse(bytes, "model/tokenizer.json");
  } catch (const support::UserError& error) {
    return error.what();
  }
  return "no error";
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
    {"/normalizer", {{"type", "NFKC"}}, "normalizer \"NFKC\" is not supported"},
    {"/normalizer",
     {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}, {{"type", "Lowercase"}}}}},
     "normalizer \"Lowercase\" is not supported"},
    {"/model/type", "Unigram", "model \"Unigram\" is not supported"},
    {"/model/dropout", 0.1, "model \"dropout\" is not supported"},
    {"/model/end_of_word_suffix", "</w>", "model \"end_of_word_suffix\" is not supported"},
    {"/model/continuing_subword_prefix", "##", "model \"continuing_subword_prefix\""},
    {"/truncation", {{"max_length", 512}}, "setting \"truncation\" is not supported"},
    {"/padding", {{"direction", "Right"}}, "setting \"padding\" is not supported"},
    {"/decoder", {{"type", "Metaspace"}}, "decoder \"Metaspace\" is not supported"},
    {"/decoder", nullptr, "decoder \"null\" is not supported"},
    {"/post_processor", two_templates, "post_processor with two templates is not supported"},
    {"/post_processor", template_of(R"([{"SpecialToken": {"id": "a"}}])"),
     "post_processor whose template does not hold the text once"},
    {"/post_processor", template_of(R"([{"Sequence": {"id": "B"}}])"),
     "post_processor whose template for one text names a second"},
    {"/post_processor", {{"type", "BertProcessing"}}, "post_processor \"BertProcessing\""},
    {"/pre_tokenizer", nullptr, "without pre_tokenizer"},
    {"/pre_tokenizer", {{"type", "Metaspace"}}, "does not end with its one \"ByteLevel\""},
    {"/pre_tokenizer/pretokenizers/0", {{"type", "Punctuation"}}, "pre_tokenizer \"Punctuation\""},
    {"/pre_tokenizer/pretokenizers/0", string_split, "\"Split\" without \"Regex\""},
    {"/pre_tokenizer/pretokenizers/0/behavior", "Removed", "\"Split\" other than \"Isolated\""},
    {"/pre_tokenizer/pretokenizers/0/invert", true, "\"Split\" other than \"Isolated\""},
    {"/pre_tokenizer/pretokenizers/0", split,
     "none of the known ones (GPT-2, Qwen2, Llama 3, DeepSeek-V3 numbers, DeepSeek-V3 Chinese and "
     "Japanese, DeepSeek-V3 words, demo pair): [a-z]+"},
};

const std::vector<Change> malformed_parts{
    {"/model", 3, "not a readable tokenizer.json"},
    {"/model/vocab", json::array({"a"}), "not a readable tokenizer.json"},
    {"/model/vocab/st", 0, "id 0 is given to"},
    {"/model/vocab/st", -1, "token \"st\" has id -1; ids must be whole numbers from 0 to 484"},
    {"/model/vocab/st", 485, "token \"st\" has id 485"},
    {"/model/vocab/st", 1e300, "token \"st\" has id 1e+300"},
    {"/model/vocab/st", "x", "token \"st\" has id \"x\""},
    {"/model/merges", json::object(), "not a readable tokenizer.json"},
    {"/model/merges/0", "s t i", "merge \"s t i\" is not a pair of tokens"},
    {"/model/merges/0", json::array({"s"}), "is not a pair of tokens"},
    {"/model/merges/0", "s \u4e16", "a merge names the unknown token"},
    {"/model/merges/0", "im <|im_end|>", "the unknown token \"im<|im_end|>\""},
    {"/added_tokens/0/content", "", "an added token has no content"},
    {"/added_tokens/0/id", 5, "token \"<|endoftext|>\" has two ids, 0 and 5"},
    {"/added_tokens/0/content", "new", "id 0 is given to"},
    {"/added_tokens/0/special", "yes", "not a readable tokenizer.json"},
    {"/added_tokens/0/lstrip", 1, "not a readable tokenizer.json"},
    {"/pre_tokenizer/pretokenizers/0", {{"type", "Digits"}}, "not a readable tokenizer.json"},
    {"/post_processor", template_of(bos_and_text, 485), "\"a\" has id 485, which no token has"},
    {"/post_processor", template_of(bos_and_text, "x"), "\"a\" has id \"x\", which no token has"},
    {"/post_processor", template_of(R"([{"SpecialToken": {"id": "b"}}])"),
     "post_processor names \"b\", which its special_tokens lack"},
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

TEST(ReadTokenizerFile, WantsATokenForEachByte) {
  json changed = demo_tokenizer_json();
  auto& vocabulary = changed["model"]["vocab"];
  vocabulary["renamed"] = vocabulary["\u00ff"];
  vocabulary.erase("\u00ff");
  EXPECT_THAT(error_of(changed.dump()), HasSubstr("no token for the byte 0xff"));
}

TEST(ReadTokenizerFile, LimitsSizeDepthAndCount) {
  EXPECT_THAT(error_of(std::string(max_tokenizer_bytes + 1, ' ')), HasSubstr("at most 67108864"));
  EXPECT_THAT(error_of(std::string(1 << 20, '[')), HasSubstr("nested deeper than 64 levels"));
  std::string many = "[0";
  for (std::size_t i = 0; i <= max_tokenizer_values; ++i) many += ",0";
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
  try {
    const Tokenizer tokenizer = Tokenizer::parse(bytes, "model/tokenizer.json");
    const std::string text = "I'm 12 caf\u00e9s e\u0301 <|im_end|> \u4f60\n";
    (void)tokenizer.decode(tokenizer.encode(text, SpecialTokens::added), true);
  } catch (const support::UserError& error) {
    return error.what();
  }
  return "no error";
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
                  testing::AnyOf("no error", StartsWith("model/tokenizer.json: ")));
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
                  testing::AnyOf("no error", StartsWith("model/tokenizer.json: ")));
    }
  }
}

}  // namespace
}  // namespace lightreasoner::text
