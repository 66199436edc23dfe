// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_file.hpp"

#include "support/errors.hpp"
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

const json add_begin = json::parse(R"({"type": "TemplateProcessing", "single":
    [{"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [], "special_tokens": {}})");

const std::vector<Change> refused_parts{
    {"/normalizer", {{"type", "NFC"}}, "normalizer \"NFC\" is not supported"},
    {"/model/type", "Unigram", "model \"Unigram\" is not supported"},
    {"/model/dropout", 0.1, "model \"dropout\" is not supported"},
    {"/model/end_of_word_suffix", "</w>", "model \"end_of_word_suffix\" is not supported"},
    {"/model/continuing_subword_prefix", "##", "model \"continuing_subword_prefix\""},
    {"/truncation", {{"max_length", 512}}, "setting \"truncation\" is not supported"},
    {"/padding", {{"direction", "Right"}}, "setting \"padding\" is not supported"},
    {"/decoder", {{"type", "Metaspace"}}, "decoder \"Metaspace\" is not supported"},
    {"/decoder", nullptr, "decoder \"null\" is not supported"},
    {"/post_processor", add_begin, "post_processor \"TemplateProcessing\" that adds tokens"},
    {"/post_processor", {{"type", "BertProcessing"}}, "post_processor \"BertProcessing\""},
    {"/pre_tokenizer", nullptr, "without pre_tokenizer"},
    {"/pre_tokenizer", {{"type", "Metaspace"}}, "does not end with its one \"ByteLevel\""},
    {"/pre_tokenizer/pretokenizers/1/add_prefix_space", true, "\"add_prefix_space\""},
    {"/pre_tokenizer/pretokenizers/0", {{"type", "Digits"}}, "pre_tokenizer \"Digits\""},
    {"/pre_tokenizer/pretokenizers/0/behavior", "Removed", "\"Split\" other than \"Isolated\""},
    {"/pre_tokenizer/pretokenizers/0/invert", true, "\"Split\" other than \"Isolated\""},
    {"/pre_tokenizer/pretokenizers/0", split,
     "none of the known ones (GPT-2, Qwen2, demo pair): [a-z]+"},
    {"/added_tokens/0/lstrip", true, "added token \"<|endoftext|>\": \"lstrip\""},
    {"/added_tokens/0/single_word", true, "added token \"<|endoftext|>\": \"single_word\""},
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

TEST(ReadTokenizerFile, RandomChangesNeverCrash) {
  const std::string valid = demo_tokenizer_json().dump();
  std::mt19937 random(3);
  for (int round = 0; round < 400; ++round) {
    std::string bytes = valid;
    for (std::size_t i = 0; i <= random() % 3; ++i) {
      bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    }
    if (round % 8 == 0) bytes.resize(random() % bytes.size());
    EXPECT_THAT(error_of(bytes), testing::AnyOf("no error", StartsWith("model/tokenizer.json: ")));
  }
}

}  // namespace
}  // namespace lightreasoner::text
