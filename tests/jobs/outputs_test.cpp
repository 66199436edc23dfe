// SPDX-License-Identifier: Apache-2.0
/// A complete stage's files that are gone are made again; changed ones are neither taken nor
/// written over.
#include "job_runner.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::jobs_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_support::TemporaryFolder;

/// A copy of a finished micro run for each test to damage.
class Outputs : public ::testing::Test {
 protected:
  Outputs() {
    std::filesystem::copy(finished_run(), run_, std::filesystem::copy_options::recursive);
  }
  static const std::filesystem::path& finished_run() {
    static const TemporaryFolder folder;
    static const std::filesystem::path directory = folder.path() / "run";
    static const Outcome outcome =
        run_job(1, {"run", micro_toml(), "run.directory=" + directory.string()});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    return directory;
  }
  [[nodiscard]] Outcome start(int ranks, const std::string& job,
                              const std::vector<std::string>& more = {}) const {
    return run_micro(ranks, job, run_, more);
  }
  void truncate(const std::string& name) const {
    std::filesystem::resize_file(run_ / name, std::filesystem::file_size(run_ / name) / 2);
  }
  void flip_a_bit(const std::string& name) const {
    std::fstream file(run_ / name, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(20);
    const char byte = static_cast<char>(file.get());
    file.seekp(20);
    file.put(static_cast<char>(byte ^ 1));
  }
  /// Expects the one error that names the file, on any number of ranks, and nothing changed.
  void expect_refused(const std::string& job, const std::string& stage, const std::string& name) {
    const auto before = results(run_);
    for (const int ranks : {1, 2, 3}) {
      const Outcome outcome = start(ranks, job);
      EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
      EXPECT_THAT(outcome.output, AllOf(HasSubstr("error: " + (run_ / name).string() +
                                                  ": is not what stage '" + stage + "' wrote"),
                                        HasSubstr("remove it to have the stage run again")));
    }
    EXPECT_TRUE(results(run_) == before);
  }

  const TemporaryFolder folder_;
  const std::filesystem::path run_ = folder_.path() / "run";
};

TEST_F(Outputs, TruncatedAdapterIsRefusedAndMadeAgainOnceRemoved) {
  truncate("adapter/adapter_model.safetensors");
  expect_refused("run", "finetune", "adapter/adapter_model.safetensors");
  expect_refused("merge", "finetune", "adapter/adapter_model.safetensors");
  std::filesystem::remove(run_ / "adapter/adapter_model.safetensors");
  const Outcome lone = start(1, "merge");
  EXPECT_EQ(lone.exit_code, 2);
  EXPECT_THAT(lone.output, AllOf(HasSubstr("has lost adapter/adapter_model.safetensors"),
                                 HasSubstr("`lightreasoner finetune`")));
  EXPECT_EQ(start(2, "run").exit_code, 0);
  EXPECT_TRUE(results(run_) == results(finished_run()));
}

TEST_F(Outputs, MergedModelWithoutItsWeightsIsMadeAgain) {
  std::filesystem::remove(run_ / "merged/model.safetensors");
  EXPECT_THAT(start(2, "run", {"--dry-run"}).output, HasSubstr("to be made again"));
  const Outcome outcome = start(2, "run");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("merged/model.safetensors is missing"));
  EXPECT_TRUE(results(run_) == results(finished_run()));
}

/// A dry run reads no weights and says which: those of the models and those that were made.
TEST_F(Outputs, WeightsThatADryRunDoesNotHashAreNamed) {
  flip_a_bit("merged/model.safetensors");
  const Outcome outcome = start(2, "merge", {"--dry-run"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("weights (models.expert, models.amateur, "
                              "adapter/adapter_model.safetensors, merged/model.safetensors)"),
                    ::testing::ContainsRegex("merge +complete")));
  std::filesystem::remove_all(run_);
  const Outcome evaluation = start(1, "evaluate", {"--dry-run"});
  EXPECT_THAT(evaluation.output, AllOf(::testing::ContainsRegex("evaluate-before +to do"),
                                       ::testing::ContainsRegex("sample +left alone"),
                                       HasSubstr("weights (models.expert, models.amateur)")));
}

TEST_F(Outputs, MergedWeightsWithOneOtherBitAreRefused) {
  flip_a_bit("merged/model.safetensors");
  expect_refused("run", "merge", "merged/model.safetensors");
}

TEST_F(Outputs, ChangedPredictionsAreRefusedByTheReport) {
  flip_a_bit("evaluation/before/predictions.jsonl");
  expect_refused("report", "evaluate-before", "evaluation/before/predictions.jsonl");
  std::filesystem::remove(run_ / "evaluation/before/predictions.jsonl");
  EXPECT_EQ(start(1, "report").exit_code, 0);  // of what is there
}

TEST_F(Outputs, DamagedTuningSummaryIsNamedByTheReport) {
  std::ofstream(run_ / "tuning.json") << "{";
  expect_refused("report", "finetune", "tuning.json");
}

TEST_F(Outputs, AnotherManifestIsRefused) {
  std::ofstream(run_ / "records/manifest.json", std::ios::app) << "\n";
  expect_refused("run", "sample", "records/manifest.json");
}

}  // namespace
}  // namespace lightreasoner::jobs_test
