// SPDX-License-Identifier: Apache-2.0
#include "inputs/prompt_lengths.hpp"

#include "micro_inputs.hpp"
#include "text/prompt.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::inputs {
namespace {

using ::testing::AllOf;
using testing::configure;
using ::testing::HasSubstr;
using testing::InputFiles;
using testing::read;
using testing::refusal;

using PromptLengths = InputFiles;

TEST_F(PromptLengths, AreOfTheLongestPromptOfEachSet) {
  const Inputs inputs = read();
  const auto longest = [&](const std::vector<problems::Problem>& problems) {
    std::int64_t most = 0;
    for (const problems::Problem& problem : problems) {
      most = std::max<std::int64_t>(
          most, std::ssize(text::encode_prompt(inputs.texts.tokenizer, configure().prompt.format,
                                               problem.question)));
    }
    return most;
  };
  EXPECT_EQ(inputs.prompt_lengths.expert, longest(inputs.problems.supervision));
  EXPECT_EQ(inputs.prompt_lengths.test, longest(inputs.problems.test));
  EXPECT_EQ(inputs.prompt_lengths.amateur, inputs.prompt_lengths.expert);  // one tokenizer
}

TEST_F(PromptLengths, LeaveTheAmateurOutWhereSamplesAreGiven) {
  const Inputs inputs = read(
      {given("samples.file", "samples.jsonl",
             R"({"prompt_id": "train-000", "prefix": "", "token_ids": [3], "weights": [1.0]})")});
  EXPECT_EQ(inputs.prompt_lengths.amateur, 0);
}

/// A question that no model of the tests can read to its end, and one that all can.
std::string line(const std::string& id, const std::string& question) {
  return R"({"id": ")" + id + R"(", "answer": "1", "question": ")" + question + "\"}\n";
}
std::string too_long(const std::string& id = "long") {
  std::string words;
  for (int i = 0; i < 600; ++i) words += " apples";
  return line(id, words);
}
std::string readable(const std::string& id = "short") { return line(id, "How many?"); }

TEST_F(PromptLengths, BeyondThePositionsNameTheProblemAndTheKeys) {
  EXPECT_THAT(refusal({given("problems.file", "long.jsonl", readable() + too_long())}),
              AllOf(HasSubstr("long.jsonl:2: problem long: its prompt has "),
                    HasSubstr("with sampling.max_new_tokens = 96 more the expert's"),
                    HasSubstr("or set problems.too_long = \"skip\"")));
  EXPECT_THAT(refusal({"evaluation.max_new_tokens=100000"}),
              AllOf(HasSubstr("with evaluation.max_new_tokens = 100000 more the expert's"),
                    HasSubstr("or set evaluation.too_long = \"wrong\"")));
}

TEST_F(PromptLengths, LeaveOutWhatIsTooLongWhereAsked) {
  const Inputs inputs = read({given("problems.file", "long.jsonl",
                                    too_long("a") + readable("b") + too_long("c") + readable("d")),
                              "problems.too_long=skip"});
  ASSERT_EQ(inputs.problems.supervision.size(), 2U);
  EXPECT_EQ(inputs.problems.supervision[0].id, 1U);
  EXPECT_EQ(inputs.problems.supervision[1].id, 3U);
  EXPECT_EQ(inputs.problems.num_skipped, 2U);
  EXPECT_EQ(inputs.problems.num_unanswered, 0U);
  EXPECT_LT(inputs.prompt_lengths.expert, 100);
}

TEST_F(PromptLengths, KeepAHeldOutProblemThatIsTooLong) {
  const Inputs inputs = read({given("evaluation.file", "long.jsonl", readable() + too_long()),
                              "evaluation.too_long=wrong"});
  EXPECT_EQ(inputs.problems.test.size(), 2U);
  EXPECT_EQ(inputs.problems.num_unanswered, 1U);
  EXPECT_EQ(inputs.problems.num_skipped, 0U);
  EXPECT_LT(inputs.prompt_lengths.test, 100);
}

TEST_F(PromptLengths, RefuseASetOfWhichNothingIsLeft) {
  EXPECT_THAT(refusal({given("problems.file", "long.jsonl", too_long()), "problems.too_long=skip"}),
              AllOf(HasSubstr("long.jsonl: all of the 1 problems read are too long"),
                    HasSubstr("sampling.max_new_tokens = 96")));
}

TEST_F(PromptLengths, OfSamplesAreNotMeasured) {
  const Inputs inputs = read({given("problems.file", "long.jsonl", too_long() + readable()),
                              given("samples.file", "samples.jsonl",
                                    R"({"prompt_id": "short", "prefix": "", "token_ids": [3],)"
                                    R"( "weights": [1.0]})")});
  EXPECT_EQ(inputs.problems.supervision.size(), 2U);
  EXPECT_EQ(inputs.prompt_lengths.expert, 0);
}

TEST_F(PromptLengths, NeedTheChatFormOfTheExpertsFamily) {
  EXPECT_THAT(refusal({"prompt.before_system=<|somebody|>"}),
              AllOf(HasSubstr("<|somebody|>"), HasSubstr("set prompt.preset"),
                    HasSubstr("prompt.plain_markers = true")));
}

TEST_F(PromptLengths, TakeMarkersAsTextWhereAsked) {
  const std::int64_t plain = read().prompt_lengths.expert;
  const Inputs inputs = read({"prompt.before_system=<|somebody|>", "prompt.plain_markers=true"});
  EXPECT_GT(inputs.prompt_lengths.expert, plain);
}

}  // namespace
}  // namespace lightreasoner::inputs
