// SPDX-License-Identifier: Apache-2.0
/// A device's memory as a user meets it: planned for, filled, too small, and run out of.
#include "on_stand_in.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

namespace lightreasoner::jobs_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string mib = "000000";  // nearly

TEST_F(OnStandIn, PreflightPlansForTheDevice) {
  const Outcome here = start(2, "preflight");
  ASSERT_EQ(here.exit_code, 0) << here.output;
  // 8 GiB for two ranks, of which each leaves a tenth.
  EXPECT_THAT(here.output,
              AllOf(HasSubstr("weights, on each rank's device, and once a node"),
                    HasSubstr("total on the device"), HasSubstr("of 3.60 GiB that a rank may fill"),
                    HasSubstr("records.units_per_shard, in the host's memory")));
  // A device that is not there.
  const Outcome elsewhere = run_micro(2, "preflight", run(), {"--device-gib", "40"});
  ASSERT_EQ(elsewhere.exit_code, 0) << elsewhere.output;
  EXPECT_THAT(elsewhere.output, HasSubstr("of 36.00 GiB that a rank may fill"));
  const Outcome on_cpu = run_micro(2, "preflight", run(), {});
  EXPECT_THAT(on_cpu.output, Not(HasSubstr("on the device")));
}

TEST_F(OnStandIn, AutoFillsTheDeviceOnceAndForAll) {
  const std::vector<std::string> automatic{
      "sampling.problems_per_unit=auto", "sampling.steps_per_chunk=auto",
      "evaluation.problems_per_unit=auto", "finetune.micro_batch=auto"};
  const auto sizes_of = [&](const std::string& name) {
    std::string sizes;
    std::istringstream lines(support::read_file(run(name) / "config.toml"));
    for (std::string line; std::getline(lines, line);) {
      for (const char* key : {"problems_per_unit", "steps_per_chunk", "micro_batch"}) {
        if (line.starts_with(key)) sizes += line + "\n";
      }
    }
    return sizes;
  };
  const Variable device(stand_in::bytes_variable, "50" + mib);
  ASSERT_EQ(start(1, "sample", "run", automatic).exit_code, 0);
  const std::string chosen = sizes_of("run");
  // Half of it for each of two ranks: fewer fit.
  ASSERT_EQ(start(2, "sample", "shared", automatic).exit_code, 0);
  EXPECT_NE(sizes_of("shared"), chosen);
  // A run goes on as it was begun, on whatever device has room for it.
  const Variable larger(stand_in::bytes_variable, "400" + mib);
  const Outcome later = start(2, "finetune", "run", automatic);
  ASSERT_EQ(later.exit_code, 0) << later.output;
  EXPECT_EQ(sizes_of("run"), chosen);
  ASSERT_EQ(start(2, "sample", "larger", automatic).exit_code, 0);
  EXPECT_NE(sizes_of("larger"), chosen);
}

TEST_F(OnStandIn, ModelsThatADeviceCannotHoldAreRefusedBeforeWork) {
  const Variable device(stand_in::bytes_variable, "3" + mib);
  const Outcome outcome = start(1, "run");
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("the models do not fit: expert's weights 3."),
                                    HasSubstr("of one; choose smaller models")));
  EXPECT_FALSE(std::filesystem::exists(run()));
}

TEST_F(OnStandIn, AStageThatADeviceCannotHoldIsRefusedBeforeWork) {
  const Variable device(stand_in::bytes_variable, "20" + mib);
  const Outcome outcome = start(1, "run", "run", {"sampling.problems_per_unit=24"});
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("stage sample needs"), HasSubstr("of its device"),
                                    HasSubstr("change sampling.problems_per_unit")));
  EXPECT_FALSE(std::filesystem::exists(run()));
}

TEST_F(OnStandIn, RunningOutNamesStageAndKeyAndCostsNothingThatWasDone) {
  {
    const Variable full(stand_in::full_at_variable, "20000");
    const Outcome outcome = start(1, "run");
    EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
    EXPECT_THAT(outcome.output, AllOf(HasSubstr("out of memory in stage "),
                                      HasSubstr("on each device"), HasSubstr("change ")));
  }
  const Outcome resumed = start(2, "run");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.output;
  ASSERT_EQ(start(1, "run", "straight").exit_code, 0);
  expect_results(run(), results(run("straight")));
}

TEST_F(OnStandIn, EventsTellWhatADeviceHeld) {
  ASSERT_EQ(start(1, "sample").exit_code, 0);
  EXPECT_THAT(support::read_file(run() / "events.jsonl"), HasSubstr("\"device_peak_bytes\":"));
}

}  // namespace
}  // namespace lightreasoner::jobs_test
