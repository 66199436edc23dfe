// SPDX-License-Identifier: Apache-2.0
#include "evaluation/predictions.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::evaluation {
namespace {

using testing_support::TemporaryFolder;

Prediction some_prediction(const std::string& id, bool correct) {
  return {.id = id,
          .token_ids = {5, 0, 151'643},
          .text = "so \u201c3\u201d\n\\boxed{3}",
          .extracted = "3",
          .reference = correct ? "3" : "4",
          .correct = correct};
}

void expect_equal(const Prediction& left, const Prediction& right) {
  EXPECT_EQ(left.id, right.id);
  EXPECT_EQ(left.token_ids, right.token_ids);
  EXPECT_EQ(left.text, right.text);
  EXPECT_EQ(left.extracted, right.extracted);
  EXPECT_EQ(left.reference, right.reference);
  EXPECT_EQ(left.correct, right.correct);
  EXPECT_EQ(left.judged, right.judged);
  EXPECT_EQ(left.too_long, right.too_long);
}

TEST(WriteEvaluation, IsReadBackAsItWas) {
  const TemporaryFolder folder;
  std::vector<Prediction> predictions{some_prediction("a", true), some_prediction("b", false)};
  predictions[1].extracted.reset();
  predictions[1].token_ids.clear();
  predictions[1].too_long = true;
  write_evaluation(folder.path() / "before", "test", predictions);
  const auto back = read_predictions(folder.path() / "before");
  ASSERT_EQ(back.size(), 2U);
  expect_equal(back[0], predictions[0]);
  expect_equal(back[1], predictions[1]);
}

TEST(WriteEvaluation, WritesTheDocumentedFields) {
  const TemporaryFolder folder;
  std::vector<Prediction> predictions(10, some_prediction("a", true));
  predictions[8].correct = predictions[9].correct = false;
  predictions[8].judged = false;
  predictions[9].extracted.reset();
  predictions[9].too_long = true;
  write_evaluation(folder.path(), "held-out", predictions);

  const std::string lines = support::read_file(folder.path() / "predictions.jsonl");
  EXPECT_THAT(lines, ::testing::StartsWith(R"({"id":"a","token_ids":[5,0,151643],"text":"so )"));
  EXPECT_THAT(
      lines,
      ::testing::EndsWith(
          R"("extracted":null,"reference":"3","correct":false,"judged":true,"too_long":true})"
          "\n"));
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 10);

  const auto scores = nlohmann::json::parse(support::read_file(folder.path() / "scores.json"));
  EXPECT_EQ(scores.size(), 1U);
  EXPECT_EQ(scores["held-out"]["accuracy"], 0.8);
  EXPECT_EQ(scores["held-out"]["correct"], 8);
  EXPECT_EQ(scores["held-out"]["total"], 10);
  EXPECT_EQ(scores["held-out"]["unjudged"], 1);
  EXPECT_EQ(scores["held-out"]["too_long"], 1);
  EXPECT_FALSE(read_predictions(folder.path()).at(8).judged);
  const Interval interval = wilson_interval(8, 10);
  EXPECT_EQ(scores["held-out"]["interval"],
            nlohmann::json::array({interval.lower, interval.upper}));
}

TEST(ReadPredictions, NamesFileAndLineOfWhatIsNotOne) {
  const TemporaryFolder folder;
  const std::string good = to_json_lines(std::vector{some_prediction("a", true)});
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"id": "b")", "not JSON, in column 11; each line must be one JSON object"},
      {"[]", "expected a JSON object, found array"},
      {R"({"id": "b"})", "key \"token_ids\": is missing"},
      {R"({"id": 3})", "key \"id\": is 3, expected text"},
      {"\n", "not JSON, in column 1; each line must be one JSON object"},
  };
  const std::filesystem::path file = folder.path() / "predictions.jsonl";
  for (const auto& [bad, what] : cases) {
    support::write_file_atomically(file, good + bad);
    EXPECT_THAT(
        [&] { (void)read_predictions(folder.path()); },
        ::testing::ThrowsMessage<support::UserError>(
            file.string() + ":2: " + what + "; remove the file's folder to evaluate again"));
  }
}

TEST(ReadPredictions, TakesALastLineWithoutItsEnd) {
  std::string lines = to_json_lines(std::vector{some_prediction("a", true)});
  lines.pop_back();
  EXPECT_EQ(parse_json_lines(lines, "x").size(), 1U);
  EXPECT_TRUE(parse_json_lines("", "x").empty());
}

TEST(Score, CountsWithAnInterval) {
  const std::vector<Prediction> predictions{some_prediction("a", true), some_prediction("b", false),
                                            some_prediction("c", true), some_prediction("d", true)};
  const Score result = score(predictions);
  EXPECT_EQ(result.correct, 3U);
  EXPECT_EQ(result.total, 4U);
  EXPECT_EQ(result.accuracy, 0.75);
  EXPECT_EQ(result.interval.lower, wilson_interval(3, 4).lower);
  EXPECT_EQ(score({}).accuracy, 0);
  EXPECT_EQ(score({}).interval.upper, 1);
}

TEST(ComparePaired, CountsOnlyProblemsThatChanged) {
  std::vector<Prediction> before, after;
  for (int i = 0; i < 20; ++i) {
    before.push_back(some_prediction(std::to_string(i), i < 8));
    after.push_back(some_prediction(std::to_string(i), i != 0 && i < 13));
  }
  EXPECT_EQ(compare_paired(before, after), mcnemar_exact(1, 5));
  EXPECT_EQ(compare_paired(before, before), 1);
}

TEST(ComparePaired, RefusesOtherProblems) {
  const std::vector one{some_prediction("a", true)}, other{some_prediction("b", true)};
  EXPECT_THROW((void)compare_paired(one, other), std::logic_error);
  EXPECT_THROW((void)compare_paired(one, {}), std::logic_error);
}

}  // namespace
}  // namespace lightreasoner::evaluation
