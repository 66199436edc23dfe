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
    evaluation::write_evaluation(directory_.evaluation(run::Tuning::before), "test",
                                 Predictions{prediction("a", false), prediction("b", false)});
    evaluation::write_evaluation(directory_.evaluation(run::Tuning::after), "test",
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
  RunFacts facts_{.set = "test",
                  .contrast = {},
                  .samples_given = false,
                  .settings = {},
                  .intact = {run::stage_name::evaluate_before, run::stage_name::evaluate_after,
                             run::stage_name::finetune}};
};

TEST_F(ReadRun, GathersWhatTheStagesLeft) {
  const RunSummary summary = read_run(directory_, facts_);
  EXPECT_EQ(summary.accuracy.before->correct, 0U);
  EXPECT_EQ(summary.accuracy.after->correct, 1U);
  EXPECT_EQ(summary.accuracy.mcnemar_p, 1.0);
  EXPECT_EQ(summary.tuning.num_steps, 900U);
  EXPECT_THAT(summary.tuning.losses, ElementsAre(0.5, 0.25));
  EXPECT_EQ(summary.steps.num_steps, 0U);  // not among the intact
}

TEST_F(ReadRun, TakesTheTimesOfTheLastAttemptAndPassesTornLinesOver) {
  EXPECT_THAT(read_run(directory_, facts_).stage_seconds, ElementsAre(Pair("y", 2), Pair("x", 3)));
}

TEST_F(ReadRun, LeavesOutWhatIsNotIntact) {
  facts_.intact = {run::stage_name::evaluate_before};
  const RunSummary summary = read_run(directory_, facts_);
  EXPECT_TRUE(summary.accuracy.before.has_value());
  EXPECT_FALSE(summary.accuracy.after.has_value());
  EXPECT_FALSE(summary.accuracy.mcnemar_p.has_value());
  EXPECT_TRUE(summary.tuning.losses.empty());
}

}  // namespace
}  // namespace lightreasoner::report
