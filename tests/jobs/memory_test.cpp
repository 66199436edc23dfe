// SPDX-License-Identifier: Apache-2.0
/// Memory plans as a user meets them: preflight, sizes chosen from a budget, and running out.
#include "job_runner.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <string_view>
#include <sys/resource.h>

namespace lightreasoner::jobs_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_support::TemporaryFolder;

struct Memory : ::testing::Test {
  [[nodiscard]] std::filesystem::path run(const std::string& name = "run") const {
    return folder_.path() / name;
  }
  [[nodiscard]] Outcome start(int ranks, const std::string& job,
                              const std::vector<std::string>& overrides,
                              const std::string& name = "run") const {
    return run_micro(ranks, job, run(name), overrides);
  }

  TemporaryFolder folder_;
};

/// Address space that programs started while this lives may have.
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_AS, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ~AddressSpaceLimit() { ::setrlimit(RLIMIT_AS, &before_); }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;

 private:
  rlimit before_{};
};

TEST_F(Memory, PreflightPrintsOnePlanAndLeavesNothing) {
  for (const int ranks : {1, 2, 3}) {
    const Outcome outcome = start(ranks, "preflight", {});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
    for (const char* part : {"weights, once a node", "evaluate-before, on each rank",
                             "sample, on each rank", "finetune, on each rank", "merge, on one rank",
                             "485 tokens", "hdf5", "every stage fits"}) {
      const std::size_t first = outcome.output.find(part);
      ASSERT_NE(first, std::string::npos) << part;
      EXPECT_EQ(outcome.output.find(part, first + 1), std::string::npos) << part;
    }
    EXPECT_THAT(outcome.output, HasSubstr(std::to_string(ranks) + " rank"));
    EXPECT_FALSE(std::filesystem::exists(run()));
  }
}

TEST_F(Memory, PreflightReadsNoWeightButTheirHeads) {
  const auto demo = std::filesystem::path(LIGHTREASONER_SOURCE_DIR) / "config/demo/expert";
  const auto expert = folder_.path() / "expert";
  std::filesystem::copy(demo, expert);
  // Another last byte: a job that reads it has another digest, preflight does not see it.
  std::fstream weights(expert / "model.safetensors",
                       std::ios::in | std::ios::out | std::ios::binary);
  weights.seekp(-1, std::ios::end);
  weights.put('\x7f');
  weights.close();
  const auto same = start(1, "preflight", {});
  const auto other = start(1, "preflight", {"models.expert=" + expert.string()});
  EXPECT_EQ(other.exit_code, 0) << other.output;
  // Its rows alone: lines of the log tell times.
  const auto plan_of = [](const Outcome& outcome) {
    std::string rows;
    std::istringstream lines(outcome.output);
    for (std::string line; std::getline(lines, line);) {
      rows += line.starts_with("    ") ? line + "\n" : "";
    }
    EXPECT_THAT(rows, HasSubstr("KV cache"));
    return rows;
  };
  EXPECT_EQ(plan_of(other), plan_of(same));
}

TEST_F(Memory, AStageBeyondTheBudgetIsRefusedByName) {
  const std::vector<std::string> tight{"run.memory_gib=0.03"};
  for (const char* job : {"preflight", "run"}) {
    const Outcome outcome = start(2, job, tight);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
    EXPECT_THAT(outcome.output,
                AllOf(HasSubstr("error: stage finetune needs"), HasSubstr("\"activations\""),
                      HasSubstr("finetune.micro_batch"), HasSubstr("run.memory_gib = 0.03")));
    EXPECT_FALSE(std::filesystem::exists(run()));
  }
  const Outcome fits = start(2, "preflight", {tight[0], "finetune.activation_checkpointing=true"});
  EXPECT_EQ(fits.exit_code, 0) << fits.output;
}

TEST_F(Memory, AutoNeedsABudgetAndBecomesANumber) {
  const Outcome without = start(2, "sample", {"sampling.problems_per_unit=auto"});
  EXPECT_EQ(without.exit_code, 2) << without.output;
  EXPECT_THAT(without.output, HasSubstr("sampling.problems_per_unit = \"auto\""));
  const std::vector<std::string> chosen{
      "sampling.problems_per_unit=auto", "sampling.steps_per_chunk=auto",
      "evaluation.problems_per_unit=auto", "finetune.micro_batch=auto", "run.memory_gib=0.042"};
  ASSERT_EQ(start(1, "sample", chosen).exit_code, 0);
  ASSERT_EQ(start(3, "sample", chosen, "again").exit_code, 0);
  EXPECT_EQ(results(run("again")), results(run()));
  const std::string config = support::read_file(run() / "config.toml");
  EXPECT_THAT(config, AllOf(HasSubstr("problems_per_unit = 16\nsteps_per_chunk = 32"),
                            HasSubstr("micro_batch = 2\ngradient_accumulation = 12")));
  // The numbers, and not the word, are the result's identity.
  const Outcome same = start(2, "sample",
                             {"sampling.problems_per_unit=16", "sampling.steps_per_chunk=32",
                              "evaluation.problems_per_unit=64", "finetune.micro_batch=2",
                              "finetune.gradient_accumulation=12"});
  EXPECT_THAT(same.output, HasSubstr("sample: already complete"));
}

TEST_F(Memory, RunningOutNamesStageAndKeyAndEndsAllRanks) {
  const auto demo = std::filesystem::path(LIGHTREASONER_SOURCE_DIR) / "config/demo";
  const std::string lines = support::read_file(demo / "problems/train.jsonl");
  const auto file = folder_.path() / "many.jsonl";
  std::ofstream many(file, std::ios::binary);
  for (int i = 0; i < 50; ++i) {
    std::istringstream set(lines);
    for (std::string line; std::getline(set, line);) {
      // Without its id, which would be another problem's too.
      many << '{' << std::string_view(line).substr(line.find("\"question\"")) << '\n';
    }
  }
  many.close();
  for (const int ranks : {1, 3}) {
    const AddressSpaceLimit limit(rlim_t{2'500} << 20);
    const Outcome outcome = start(ranks, "sample",
                                  {"problems.file=" + file.string(), "sampling.max_problems=0",
                                   "sampling.problems_per_unit=6000"});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
    EXPECT_THAT(outcome.output, AllOf(HasSubstr("out of memory in stage sample"),
                                      HasSubstr("change sampling.problems_per_unit")));
  }
}

TEST_F(Memory, CheckpointingIsNoPartOfAResultsIdentity) {
  ASSERT_EQ(start(2, "sample", {}).exit_code, 0);
  const std::vector<std::string> short_tuning{"finetune.iterations=4"};
  ASSERT_EQ(start(2, "finetune", short_tuning).exit_code, 0);
  const std::string adapter = support::read_file(run() / "adapter/adapter_model.safetensors");
  const std::vector<std::string> recomputing{"finetune.iterations=4",
                                             "finetune.activation_checkpointing=true"};
  EXPECT_THAT(start(2, "finetune", recomputing).output, HasSubstr("finetune: already complete"));
  ASSERT_EQ(start(3, "sample", recomputing, "again").exit_code, 0);
  ASSERT_EQ(start(3, "finetune", recomputing, "again").exit_code, 0);
  EXPECT_EQ(support::read_file(run("again") / "adapter/adapter_model.safetensors"), adapter);
}

}  // namespace
}  // namespace lightreasoner::jobs_test
