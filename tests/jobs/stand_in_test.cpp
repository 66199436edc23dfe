// SPDX-License-Identifier: Apache-2.0
/// The whole method on a device whose memory the host cannot touch.
#include "compare_runs.hpp"
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
using testing_support::TemporaryFolder;

/// What a job of one rank on the stand-in leaves.
const std::map<std::string, std::string>& stand_in_results() {
  static const std::map<std::string, std::string> content = [] {
    const TemporaryFolder folder;
    const Outcome outcome = run_job(1, words("run", folder.path() / "run"), program_on_stand_in);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    return results(folder.path() / "run");
  }();
  return content;
}

TEST_F(OnStandIn, SharingRanksAndRanksWithTheirOwnMakeTheSameBytes) {
  EXPECT_EQ(start(2, "run", "shared").exit_code, 0);
  expect_results(run("shared"), stand_in_results());
  const Variable three(stand_in::num_devices_variable, "3");
  const Outcome own = start(3, "run", "own", {"run.share_device=false"});
  EXPECT_EQ(own.exit_code, 0) << own.output;
  expect_results(run("own"), stand_in_results());
}

TEST_F(OnStandIn, MakesWhatTheCpuMakesButForRounding) {
  EXPECT_EQ(start(3, "run", "there").exit_code, 0);
  EXPECT_EQ(run_micro(2, "run", run("here"), {}).exit_code, 0);
  expect_results_but_for_rounding(run("there"), run("here"));
}

TEST_F(OnStandIn, IsResumedAfterAKill) {
  {
    RunningJob job(2, words("run", run()), program_on_stand_in);
    ASSERT_TRUE(job.wait_until(
        [&] { return std::filesystem::exists(run() / "checkpoints/iteration-000004"); }));
    job.kill();
  }
  const Outcome resumed = start(1, "run");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.output;
  expect_results(run(), stand_in_results());
}

TEST_F(OnStandIn, ALostDeviceEndsTheJobAndCostsNothingThatWasDone) {
  {
    const Variable lost(stand_in::lost_at_variable, "20000");
    const Outcome outcome = start(1, "run");
    EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("the device is lost"));
  }
  const Outcome resumed = start(2, "run");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.output;
  expect_results(run(), stand_in_results());
}

/// What a job of one rank copied from the device, in bytes.
std::uint64_t bytes_to_host(const std::filesystem::path& counts) {
  return nlohmann::json::parse(support::read_file(counts)).at("to_host").get<std::uint64_t>();
}

TEST_F(OnStandIn, SamplingBringsStatisticsAndFloorSetsAlone) {
  const auto counts = run("counts.json");
  {
    const Variable file(stand_in::counts_file_variable, counts.string());
    const Outcome outcome = start(1, "sample");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  }
  const auto manifest = nlohmann::json::parse(support::read_file(run() / "records/manifest.json"));
  std::uint64_t num_steps = 0;
  for (const auto& shard : manifest.at("shards")) {
    num_steps += shard.at("num_steps").get<std::uint64_t>();
  }
  // A floor set's entry is an id and two logarithms; at 0.02 there are at most 50 a step.
  constexpr std::uint64_t bytes_of_step = 200 + 50 * 12;
  EXPECT_LE(bytes_to_host(counts), num_steps * bytes_of_step);
}

TEST_F(OnStandIn, TuningBringsGradientsLossesAndCheckpointsAlone) {
  ASSERT_EQ(start(1, "sample").exit_code, 0);
  const auto counts = run("counts.json");
  {
    const Variable file(stand_in::counts_file_variable, counts.string());
    const Outcome outcome = start(1, "finetune");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  }
  // Of micro.toml: its updates, micro-batches of each, and checkpoints.
  constexpr std::uint64_t updates = 12;
  constexpr std::uint64_t micro_batches = 3;
  constexpr std::uint64_t checkpoints = 3;
  // Beside the parameters the file has a header.
  const std::uint64_t parameters =
      std::filesystem::file_size(run() / "adapter/adapter_model.safetensors");
  const std::uint64_t gradients = updates * micro_batches * parameters;
  const std::uint64_t states = checkpoints * 3 * parameters;
  const std::uint64_t first_and_last = 2 * parameters;
  const std::uint64_t losses = updates * micro_batches * sizeof(double);
  EXPECT_LE(bytes_to_host(counts), gradients + states + first_and_last + losses);
}

TEST_F(OnStandIn, ResultsOfTwoKindsOfDeviceAreNotMixed) {
  ASSERT_EQ(run_job(1, words("sample", run())).exit_code, 0);
  const Outcome refused = start(1, "finetune");
  EXPECT_EQ(refused.exit_code, 2) << refused.output;
  EXPECT_THAT(refused.output, AllOf(HasSubstr("numerics"), HasSubstr("device stand_in")));
  const Outcome same_kind = start(1, "finetune", "run", {"run.device=cpu"});
  EXPECT_EQ(same_kind.exit_code, 0) << same_kind.output;
}

TEST_F(OnStandIn, TooFewDevicesAreRefusedBeforeWork) {
  const Outcome outcome = start(2, "run", "run", {"run.share_device=false"});
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("2 ranks of a node and 1 device"));
  EXPECT_FALSE(std::filesystem::exists(run()));
}

TEST(OnTheCpu, AGpuIsRefusedBeforeWork) {
  const TemporaryFolder folder;
  for (const int ranks : {1, 3}) {
    const Outcome outcome = run_micro(ranks, "run", folder.path() / "run", {"run.device=gpu"});
    EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
    EXPECT_THAT(outcome.output, AllOf(HasSubstr("run.device = \"gpu\": rank 0 on "),
                                      HasSubstr("built for the CPU alone")));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "run"));
  }
}

}  // namespace
}  // namespace lightreasoner::jobs_test
