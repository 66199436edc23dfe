// SPDX-License-Identifier: Apache-2.0
#include "inputs/problem_sets.hpp"

#include "micro_inputs.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::inputs {
namespace {

using testing::demo;
using testing::InputFiles;
using testing::read;
using testing::refusal;

using ProblemSets = InputFiles;

TEST_F(ProblemSets, HoldTheFirstProblemsOfEachFile) {
  const inputs::ProblemSets sets =
      read({"evaluation.max_problems=6", "sampling.max_problems=5"}).problems;
  EXPECT_EQ(sets.test.size(), 6U);
  EXPECT_EQ(sets.test.back().id, 5U);
  EXPECT_EQ(sets.supervision.size(), 5U);
  EXPECT_EQ(read({"evaluation.max_problems=0"}).problems.test.size(), 400U);
}

TEST_F(ProblemSets, AreKnownByWhatTheFileHoldsNotByWhereItLies) {
  const std::string problems = support::read_file(demo / "problems/train.jsonl");
  const Facts there = read().facts;
  EXPECT_EQ(read({given("problems.file", "copy.jsonl", problems)}).facts, there);
  const std::string fewer = problems.substr(problems.find('\n') + 1);
  const Facts other = read({given("problems.file", "fewer.jsonl", fewer)}).facts;
  EXPECT_NE(other.at("problems.file"), there.at("problems.file"));
  EXPECT_EQ(other.at("evaluation.file"), there.at("evaluation.file"));
}

TEST_F(ProblemSets, AreKnownByTheProblemsTakenAlone) {
  // What lies behind the last problem that a run takes changes nothing.
  const std::string problems = support::read_file(demo / "problems/train.jsonl");
  const std::string head = problems.substr(0, problems.find("{\"id\": \"train-030\""));
  EXPECT_EQ(read({given("problems.file", "head.jsonl", head)}).facts, read().facts);
}

TEST_F(ProblemSets, NeedAnswersForTheHeldOutSetAlone) {
  const std::string line = "{\"question\": \"1 + 1?\"}\n";
  EXPECT_EQ(read({given("problems.file", "bare.jsonl", line)}).problems.supervision.size(), 1U);
  EXPECT_THAT(refusal({given("evaluation.file", "bare.jsonl", line)}),
              ::testing::HasSubstr("bare.jsonl:1"));
}

TEST_F(ProblemSets, AreRefusedByTheLineWhoseAnswerIsMarkedAndMissing) {
  for (const char* answer : {R"(\\boxed{})", "3 apples\\n#### "}) {
    const std::string lines = fmt::format(R"({{"question": "1 + 1?", "answer": "#### 2"}})"
                                          "\n\n"
                                          R"({{"question": "1 + 2?", "answer": "{}"}})",
                                          answer);
    EXPECT_EQ(read({given("problems.file", "empty.jsonl", lines)}).problems.supervision.size(), 2U);
    EXPECT_THAT(refusal({given("evaluation.file", "empty.jsonl", lines)}),
                ::testing::HasSubstr("empty.jsonl:3: key \"answer\": marks an answer by"));
  }
}

TEST_F(ProblemSets, ThatAreNotThereAreNamed) {
  EXPECT_THAT(refusal({"problems.file=nowhere.jsonl"}), ::testing::HasSubstr("nowhere.jsonl"));
}

}  // namespace
}  // namespace lightreasoner::inputs
