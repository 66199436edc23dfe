// SPDX-License-Identifier: Apache-2.0
// The order of a start: what is refused before weights are read, and which weights are read at all.
#include "pipeline/walk.hpp"

#include "device/determinism.hpp"
#include "kernels/kokkos_environment.hpp"
#include "logging/log.hpp"
#include "parallel/together.hpp"
#include "pipeline/dry_run.hpp"
#include "run/names.hpp"
#include "support/mpi_world.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace lightreasoner::pipeline {
namespace {

namespace fs = std::filesystem;
using testing_support::agreed_refusal_of;
using testing_support::world;

const std::string run_file = LIGHTREASONER_SOURCE_DIR "/config/runs/micro.toml";

/// Bytes that this process has read by system calls so far (proc(5), rchar), which is how all but
/// journals and checkpoints are read.
std::uint64_t bytes_read() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  while (io >> name >> value && name != "rchar:") {
  }
  return value;
}

std::uint64_t weight_bytes(const char* model) {
  return fs::file_size(fs::path(LIGHTREASONER_SOURCE_DIR "/config/demo") / model /
                       "model.safetensors");
}

/// What opening read on this rank; the context goes at once.
std::uint64_t read_by_opening(const inputs::Request& request) {
  const config::RunConfig config = inputs::read_config(world(), request);
  const std::uint64_t before = bytes_read();
  static_cast<void>(open_context(world(), request, config));
  return bytes_read() - before;
}

std::string refusal(const inputs::Request& request) {
  const config::RunConfig config = inputs::read_config(world(), request);
  const std::uint64_t before = bytes_read();
  std::string message = agreed_refusal_of([&] { return open_context(world(), request, config); });
  EXPECT_LT(bytes_read() - before, weight_bytes("expert") / 2);
  return message;
}

void run_job(const inputs::Request& request) {
  Context context = open_context(world(), request, inputs::read_config(world(), request));
  run_stages(context, request.job);
}

class Walk : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    device::set_up_torch(1);
    logging::set_up_logging(/*prints=*/false);
  }

  [[nodiscard]] inputs::Request request(run::Job job, std::vector<std::string> more = {}) const {
    std::vector<std::string> overrides{"run.directory=" + directory_, "evaluation.max_problems=2",
                                       "evaluation.max_new_tokens=4", "sampling.max_problems=2",
                                       "finetune.iterations=2"};
    overrides.insert(overrides.end(), more.begin(), more.end());
    return {.job = job,
            .target = run_file,
            .overrides = overrides,
            .command_line = "test",
            .libraries = {{"numerics", device::describe_numerics("cpu")}}};
  }
  /// A file with one sample of the run's first problem.
  [[nodiscard]] std::string samples() const {
    return parallel::from_root(world(), [&] {
      const fs::path file = folder_.path() / "samples.jsonl";
      std::ofstream(file)
          << R"({"prompt_id": "train-000", "prefix": "", "token_ids": [3], "weights": [1.0]})"
          << '\n';
      return file.string();
    });
  }
  // One folder, made by rank 0 and named to all.
  const testing_support::TemporaryFolder folder_;
  const std::string directory_ =
      parallel::from_root(world(), [&] { return (folder_.path() / "run").string(); });
};

TEST_F(Walk, ReadsTheWeightsThatTheJobNeedsOnceAndOnOneRank) {
  const std::uint64_t expert = read_by_opening(request(run::Job::evaluate));
  const std::uint64_t both = read_by_opening(request(run::Job::sample));
  if (world().is_root()) {
    EXPECT_GE(expert, weight_bytes("expert"));
    EXPECT_LT(expert, weight_bytes("expert") + weight_bytes("amateur"));
    EXPECT_GE(both, weight_bytes("expert") + weight_bytes("amateur"));
  } else {
    EXPECT_LT(both, weight_bytes("amateur"));
  }
}

TEST_F(Walk, ReadsNoWeightsForAReportOrAPlan) {
  EXPECT_LT(read_by_opening(request(run::Job::report)), weight_bytes("expert") / 2);
  const inputs::Request plan = request(run::Job::run);
  const config::RunConfig config = inputs::read_config(world(), plan);
  const std::uint64_t before = bytes_read();
  dry_run(world(), plan, config);
  EXPECT_LT(bytes_read() - before, weight_bytes("expert") / 2);
}

TEST_F(Walk, ReadsNoWeightsForAReportOrAPlanOfAFinishedRun) {
  run_job(request(run::Job::run));
  const std::uint64_t before = bytes_read();
  {
    const inputs::Request job = request(run::Job::report);
    Context context = open_context(world(), job, inputs::read_config(world(), job));
    const report::RunSummary summary = summarise(context);
    EXPECT_EQ(summary.accuracy.after.has_value(), world().is_root());
  }
  const inputs::Request plan = request(run::Job::run);
  dry_run(world(), plan, inputs::read_config(world(), plan));
  EXPECT_LT(bytes_read() - before, weight_bytes("expert") / 2);
}

TEST_F(Walk, ReadsNoWeightsWhereNothingIsLeftToDo) {
  run_job(request(run::Job::evaluate));
  EXPECT_LT(read_by_opening(request(run::Job::evaluate)), weight_bytes("expert") / 2);
}

TEST_F(Walk, RefusesADirectoryInUseBeforeWeightsAreRead) {
  const inputs::Request holding = request(run::Job::report);
  const Context holder = open_context(world(), holding, inputs::read_config(world(), holding));
  EXPECT_THAT(refusal(request(run::Job::run)), ::testing::HasSubstr("in use by process"));
}

TEST_F(Walk, RefusesInADryRunWhatTheJobWouldRefuse) {
  const auto refusal_of_dry_run = [&](const inputs::Request& job) {
    const config::RunConfig config = inputs::read_config(world(), job);
    return agreed_refusal_of([&] { dry_run(world(), job, config); });
  };
  for (const run::Job job : {run::Job::merge, run::Job::finetune}) {
    EXPECT_EQ(refusal_of_dry_run(request(job)), refusal(request(job)));
  }
  const inputs::Request left_out = request(run::Job::sample, {"samples.file=" + samples()});
  EXPECT_EQ(refusal_of_dry_run(left_out), refusal(left_out));
}

TEST_F(Walk, PlansNothingInADirectoryInUseOrBeyondTheBudget) {
  const auto refusal_of_plan = [&](const inputs::Request& plan) {
    const config::RunConfig config = inputs::read_config(world(), plan);
    return agreed_refusal_of([&] { dry_run(world(), plan, config); });
  };
  EXPECT_THAT(refusal_of_plan(request(run::Job::run, {"run.memory_gib=0.001"})),
              ::testing::HasSubstr("more than run.memory_gib = 0.001 allows"));
  const inputs::Request holding = request(run::Job::report);
  const Context holder = open_context(world(), holding, inputs::read_config(world(), holding));
  EXPECT_THAT(refusal_of_plan(request(run::Job::run)), ::testing::HasSubstr("in use by process"));
}

TEST_F(Walk, RefusesADirectoryOfAnotherConfigurationBeforeWeightsAreRead) {
  run_job(request(run::Job::evaluate));
  EXPECT_THAT(refusal(request(run::Job::run, {"prompt.system=Think."})),
              ::testing::HasSubstr("prompt.system: \"Please reason step by step.\" there, "
                                   "\"Think.\" here"));
}

TEST_F(Walk, RefusesAStageWhoseUpstreamIsNotCompleteBeforeWeightsAreRead) {
  EXPECT_THAT(refusal(request(run::Job::merge)),
              ::testing::HasSubstr("stage 'finetune' is not complete; run `lightreasoner finetune` "
                                   "first"));
}

}  // namespace
}  // namespace lightreasoner::pipeline
