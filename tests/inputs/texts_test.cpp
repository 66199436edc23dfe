// SPDX-License-Identifier: Apache-2.0
#include "inputs/texts.hpp"

#include "micro_inputs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::inputs {
namespace {

using testing::demo;
using ::testing::HasSubstr;
using testing::InputFiles;
using testing::read;
using testing::refusal;

using Texts = InputFiles;

TEST_F(Texts, TellWhetherOneTokenizerServesBoth) {
  EXPECT_TRUE(read().texts.share_tokenizer);
  // The same tokens, but texts are normalised first.
  std::string json = support::read_file(demo / "expert/tokenizer.json");
  const std::string plain = "\"normalizer\": null";
  json.replace(json.find(plain), plain.size(), R"("normalizer": {"type": "NFC"})");
  EXPECT_FALSE(read({expert_with("tokenizer.json", json)}).texts.share_tokenizer);
}

TEST_F(Texts, TakePadTokenAndPenaltyWhereTheMethodNeedsThem) {
  const std::string expert =
      expert_with("generation_config.json", R"({"repetition_penalty": 1.25})");
  const inputs::Texts paper = read({expert}).texts;
  EXPECT_FALSE(paper.pad_id.has_value());
  EXPECT_EQ(paper.repetition_penalty, 1.0);
  const Inputs reference = read({expert, "method.mode=reference"});
  EXPECT_EQ(reference.texts.pad_id, 0);
  EXPECT_EQ(reference.facts.at("method.pad_id"), "0");
  EXPECT_EQ(reference.texts.repetition_penalty, 1.25);
}

TEST_F(Texts, AddSpecialTokensTwiceWhereTheReleasedPythonDoes) {
  EXPECT_FALSE(read().texts.sampling_prompt.add_special_tokens);
  EXPECT_TRUE(read({"method.prefix=text"}).texts.sampling_prompt.add_special_tokens);
}

TEST_F(Texts, RefuseATokenBeyondTheHead) {
  const std::string beyond = R"({"added_tokens_decoder": {"485": {"content": "<far>"}}})";
  EXPECT_THAT(refusal({expert_with("tokenizer_config.json", beyond)}),
              HasSubstr("token \"<far>\" has id 485, beyond the 485 rows of the model's head"));
}

TEST_F(Texts, RefuseADamagedTokenizerByName) {
  EXPECT_THAT(refusal({expert_with("tokenizer.json", "{")}), HasSubstr("expert/tokenizer.json"));
}

TEST_F(Texts, RefuseAnEmptyFileByName) {
  EXPECT_THAT(refusal({expert_with("tokenizer_config.json", "")}),
              HasSubstr("expert/tokenizer_config.json:1: not JSON"));
}

TEST_F(Texts, RefuseAnEmptyGenerationConfigByName) {
  EXPECT_THAT(refusal({expert_with("generation_config.json", "")}),
              HasSubstr("expert/generation_config.json:1: not JSON"));
}

}  // namespace
}  // namespace lightreasoner::inputs
