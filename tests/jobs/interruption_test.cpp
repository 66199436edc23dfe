// SPDX-License-Identifier: Apache-2.0
/// Killed anywhere, started again at another rank count: the bytes of an unbroken run.
#include "job_runner.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::jobs_test {
namespace {

using ::testing::HasSubstr;
using testing_support::TemporaryFolder;

std::string in(const std::filesystem::path& directory) {
  return "run.directory=" + directory.string();
}

const std::map<std::string, std::string>& unbroken_results() {
  static const std::map<std::string, std::string> content = [] {
    const TemporaryFolder folder;
    const Outcome outcome = run_job(1, {"run", micro_toml(), in(folder.path() / "run")});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    return results(folder.path() / "run");
  }();
  return content;
}

std::string events_of(const std::filesystem::path& run) {
  const auto file = run / "events.jsonl";
  return std::filesystem::exists(file) ? support::read_file(file) : "";
}

bool stage_started(const std::filesystem::path& run, const std::string& stage) {
  return events_of(run).find("\"stage_start\",\"stage\":\"" + stage + "\"") != std::string::npos;
}

std::uintmax_t journal_bytes(const std::filesystem::path& run) {
  std::uintmax_t bytes = 0;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(run / "records/journal", error)) {
    bytes += entry.is_regular_file(error) ? entry.file_size(error) : 0;
  }
  return bytes;
}

/// Starts the job at `num_ranks`, kills it when `condition` holds, starts it again at
/// `resumed_ranks` and compares all results.
void kill_and_resume(int num_ranks, int resumed_ranks,
                     const std::function<bool(const std::filesystem::path&)>& condition) {
  const auto& expected = unbroken_results();
  const TemporaryFolder folder;
  const auto run = folder.path() / "run";
  {
    RunningJob job(num_ranks, {"run", micro_toml(), in(run)});
    ASSERT_TRUE(job.wait_until([&] { return condition(run); })) << job.wait().output;
    job.kill();
  }
  const Outcome resumed = run_job(resumed_ranks, {"run", micro_toml(), in(run)});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_THAT(resumed.output, HasSubstr("took over the lock of a job that died"));
  expect_results(run, expected);
}

TEST(KilledInSampling, WithUnitsInTheJournals) {
  kill_and_resume(2, 3, [](const auto& run) { return journal_bytes(run) > 0; });
}

TEST(KilledInSampling, AfterTheFirstCommit) {
  kill_and_resume(
      3, 1, [](const auto& run) { return std::filesystem::exists(run / "records/manifest.json"); });
}

TEST(KilledInTuning, AfterTheFirstCheckpoint) {
  kill_and_resume(2, 1, [](const auto& run) {
    return std::filesystem::exists(run / "checkpoints/iteration-000004");
  });
}

TEST(KilledInTuning, BeforeAnyCheckpoint) {
  kill_and_resume(1, 2, [](const auto& run) { return stage_started(run, "finetune"); });
}

TEST(KilledInEvaluation, BeforeAndAfterTuning) {
  kill_and_resume(2, 2, [](const auto& run) { return stage_started(run, "evaluate-before"); });
  kill_and_resume(2, 1, [](const auto& run) { return stage_started(run, "evaluate-after"); });
}

TEST(DamagedCheckpoint, FallsBackToTheOneBefore) {
  // Long enough that the kill falls into tuning.
  const std::string iterations = "finetune.iterations=80";
  const TemporaryFolder folder;
  const auto unbroken = folder.path() / "unbroken";
  ASSERT_EQ(run_job(2, {"run", micro_toml(), in(unbroken), iterations}).exit_code, 0);
  const auto run = folder.path() / "run";
  {
    RunningJob job(1, {"run", micro_toml(), in(run), iterations});
    ASSERT_TRUE(job.wait_until(
        [&] { return std::filesystem::exists(run / "checkpoints/iteration-000008"); }));
    job.kill();
  }
  std::filesystem::path newest;
  for (const auto& entry : std::filesystem::directory_iterator(run / "checkpoints")) {
    newest = std::max(newest, entry.path());
  }
  for (const auto& entry : std::filesystem::directory_iterator(newest)) {
    std::filesystem::resize_file(entry.path(), entry.file_size() / 2);
  }
  const Outcome resumed = run_job(2, {"run", micro_toml(), in(run), iterations});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_THAT(resumed.output, HasSubstr("warning: "));
  EXPECT_THAT(resumed.output, HasSubstr(newest.filename().string()));
  EXPECT_TRUE(results(run) == results(unbroken));
}

TEST(DamagedShard, IsRefusedByNameBeforeTuning) {
  const TemporaryFolder folder;
  const auto run = folder.path() / "run";
  ASSERT_EQ(run_job(1, {"sample", micro_toml(), in(run)}).exit_code, 0);
  const auto shard = run / "records/shard-000001.h5";
  {
    std::fstream file(shard, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(shard) / 2));
    file.put('\x5a');
  }
  const Outcome outcome = run_job(2, {"finetune", micro_toml(), in(run)});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("shard-000001.h5"));
}

}  // namespace
}  // namespace lightreasoner::jobs_test
