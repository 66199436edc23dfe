// SPDX-License-Identifier: Apache-2.0
#include "report/read_run.hpp"

#include "evaluation/predictions.hpp"
#include "finetune/summary.hpp"
#include "run/names.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace lightreasoner::report {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

evaluation::Prediction prediction(const std::string& id, bool correct) {
  return {.id = id,
          .token_ids = {1},
          .text = "1",
          .extracted = "1",
          .reference = "1",
          .correct = correct};
}

class ReadRun : public ::testing::Test {
 protected:
  ReadRun() {
    using Predictions = std::vector<evaluation::Prediction>;
    evaluation::write_evaluation(directory_.evaluation(run::TuningSide::before), "test",
                                 Predictions{prediction("a", false), prediction("b", false)});
    evaluation::write_evaluation(directory_.evaluation(run::TuningSide::after), "test",
                                 Predictions{prediction("a", true), prediction("b", false)});
    support::write_file_atomically(directory_.tuning(), finetune::to_text({942, 900, {0.5, 0.25}}));
    support::write_file_atomically(directory_.events(),
                                   "{\"event\": \"start\"}\n"
                                   "{\"event\": \"stage_end\", \"stage\": \"x\", \"seconds\": 1}\n"
                                   "{\"event\": \"stage_end\", \"stage\": \"y\", \"seconds\": 2}\n"
                                   "{\"event\": \"stage_end\", \"stage\": \"x\", \"seconds\": 3}\n"
                                   "{\"event\": \"stage_e");
  }

  const testing_support::TemporaryFolder folder_;
  const run::RunDirectory directory_{folder_.path()};
};

TEST_F(ReadRun, ComparesTheScoreAfterTuningWithTheOneBefore) {
  RunSummary summary;
  add_evaluation(summary, directory_, run::TuningSide::before);
  EXPECT_EQ(summary.accuracy.before->correct, 0U);
  EXPECT_FALSE(summary.accuracy.mcnemar_p.has_value());
  add_evaluation(summary, directory_, run::TuningSide::after);
  EXPECT_EQ(summary.accuracy.after->correct, 1U);
  EXPECT_EQ(summary.accuracy.mcnemar_p, 1.0);
}

TEST_F(ReadRun, HasNothingToCompareAScoreAfterTuningWithAlone) {
  RunSummary summary;
  add_evaluation(summary, directory_, run::TuningSide::after);
  EXPECT_EQ(summary.accuracy.after->correct, 1U);
  EXPECT_FALSE(summary.accuracy.before.has_value());
  EXPECT_FALSE(summary.accuracy.mcnemar_p.has_value());
}

TEST_F(ReadRun, TakesStepsAndLossesFromTheTuningSummary) {
  RunSummary summary;
  add_tuning(summary, directory_);
  EXPECT_EQ(summary.tuning.num_steps, 900U);
  EXPECT_THAT(summary.tuning.losses, ElementsAre(0.5, 0.25));
}

TEST_F(ReadRun, TakesTheTimesOfTheLastAttemptAndPassesTornLinesOver) {
  EXPECT_THAT(begin_summary(directory_).stage_seconds, ElementsAre(Pair("y", 2), Pair("x", 3)));
}

}  // namespace
}  // namespace lightreasoner::report
