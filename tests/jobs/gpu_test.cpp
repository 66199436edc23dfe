// SPDX-License-Identifier: Apache-2.0
/// The whole method on a GPU.
#include "compare_runs.hpp"
#include "job_runner.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::jobs_test {
namespace {

class OnGpu : public ::testing::Test {
 protected:
  void SetUp() override {
    static const Outcome outcome = start(1, "preflight");
    if (outcome.output.find("sees no device") != std::string::npos) {
      GTEST_SKIP() << "skipped: no device";
    }
    ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  }
  [[nodiscard]] std::filesystem::path run(const std::string& name = "run") const {
    return folder_.path() / name;
  }
  [[nodiscard]] static std::vector<std::string> overrides() {
    return {"run.device=gpu", "run.share_device=true"};
  }
  [[nodiscard]] Outcome start(int ranks, const std::string& job,
                              const std::string& name = "run") const {
    return run_micro(ranks, job, run(name), overrides());
  }

 private:
  const testing_support::TemporaryFolder folder_;
};

TEST_F(OnGpu, RanksThatShareItMakeTheSameBytes) {
  const Outcome alone = start(1, "run", "1");
  ASSERT_EQ(alone.exit_code, 0) << alone.output;
  for (const int ranks : {2, 3}) {
    const std::string name = std::to_string(ranks);
    const Outcome shared = start(ranks, "run", name);
    ASSERT_EQ(shared.exit_code, 0) << shared.output;
    expect_results(run(name), results(run("1")));
  }
}

TEST_F(OnGpu, MakesWhatTheCpuMakesButForRounding) {
  ASSERT_EQ(start(2, "run", "there").exit_code, 0);
  ASSERT_EQ(run_micro(2, "run", run("here"), {"run.device=cpu"}).exit_code, 0);
  expect_results_but_for_rounding(run("there"), run("here"));
}

TEST_F(OnGpu, IsResumedAfterAKill) {
  {
    std::vector<std::string> words{"run", micro_toml(), "run.directory=" + run().string()};
    for (const std::string& word : overrides()) words.push_back(word);
    RunningJob job(2, words);
    ASSERT_TRUE(job.wait_until(
        [&] { return std::filesystem::exists(run() / "checkpoints/iteration-000004"); }));
    job.kill();
  }
  ASSERT_EQ(start(1, "run").exit_code, 0);
  ASSERT_EQ(start(1, "run", "straight").exit_code, 0);
  expect_results(run(), results(run("straight")));
}

}  // namespace
}  // namespace lightreasoner::jobs_test
