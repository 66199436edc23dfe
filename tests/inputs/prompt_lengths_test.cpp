// SPDX-License-Identifier: Apache-2.0
#include "inputs/prompt_lengths.hpp"

#include "micro_inputs.hpp"
#include "text/prompt.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::inputs {
namespace {

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

TEST_F(PromptLengths, BeyondThePositionsNameTheProblemAndTheKey) {
  std::string words;
  for (int i = 0; i < 600; ++i) words += " apples";
  const std::string line = "{\"id\": \"long\", \"question\": \"" + words + "\"}\n";
  const std::string question = "{\"id\": \"short\", \"question\": \"How many?\"}\n";
  EXPECT_THAT(refusal({given("problems.file", "long.jsonl", question + line)}),
              ::testing::AllOf(HasSubstr("long.jsonl:2: problem long: its prompt has "),
                               HasSubstr("with sampling.max_new_tokens = 96 more the expert's")));
  EXPECT_THAT(refusal({"evaluation.max_new_tokens=100000"}),
              HasSubstr("with evaluation.max_new_tokens = 100000 more the expert's"));
}

TEST_F(PromptLengths, NeedTheChatFormOfTheExpertsFamily) {
  EXPECT_THAT(refusal({"prompt.before_system=<|somebody|>"}),
              ::testing::AllOf(HasSubstr("<|somebody|>"), HasSubstr("set prompt.preset")));
}

}  // namespace
}  // namespace lightreasoner::inputs
