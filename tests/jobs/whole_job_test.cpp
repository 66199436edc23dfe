// SPDX-License-Identifier: Apache-2.0
/// The whole job at several rank counts, and what a second start does.
#include "job_runner.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::jobs_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::TemporaryFolder;

std::string in(const std::filesystem::path& directory) {
  return "run.directory=" + directory.string();
}

/// A finished micro run on one rank, made once for all tests of this file.
const std::filesystem::path& finished_run() {
  static const TemporaryFolder folder;
  static const std::filesystem::path directory = folder.path() / "run";
  static const Outcome outcome = run_job(1, {"run", micro_toml(), in(directory)});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  return directory;
}

nlohmann::json read_json(const std::filesystem::path& file) {
  return nlohmann::json::parse(support::read_file(file));
}

TEST(WholeJob, LeavesEveryResultInItsPlace) {
  const auto& run = finished_run();
  for (const char* name :
       {"records/manifest.json", "adapter/adapter_config.json", "adapter/adapter_model.safetensors",
        "evaluation/before/predictions.jsonl", "evaluation/before/scores.json",
        "evaluation/after/predictions.jsonl", "evaluation/after/scores.json",
        "merged/model.safetensors", "merged/config.json", "merged/tokenizer.json", "checkpoints",
        "config.toml", "provenance.json", "events.jsonl", "report.html", "stages.json"}) {
    EXPECT_TRUE(std::filesystem::exists(run / name)) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(run / "run.lock"));
  EXPECT_FALSE(std::filesystem::exists(run / "records/journal"));
  EXPECT_EQ(read_json(run / "records/manifest.json").at("digest").get<std::string>().size(), 64U);
  const auto score = read_json(run / "evaluation/after/scores.json").at("demo_test");
  EXPECT_EQ(score.at("total"), 24);
  EXPECT_EQ(score.at("interval").size(), 2U);
  EXPECT_DOUBLE_EQ(score.at("accuracy").get<double>(), score.at("correct").get<double>() / 24);
}

class RankCounts : public ::testing::TestWithParam<int> {};

TEST_P(RankCounts, GiveTheBytesOfOneRank) {
  const TemporaryFolder folder;
  const Outcome outcome = run_job(GetParam(), {"run", micro_toml(), in(folder.path() / "run")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto expected = results(finished_run());
  const auto found = results(folder.path() / "run");
  EXPECT_EQ(found.size(), expected.size());
  for (const auto& [name, bytes] : expected) {
    const auto other = found.find(name);
    ASSERT_NE(other, found.end()) << name << " is missing";
    EXPECT_TRUE(other->second == bytes) << name << " differs";
  }
}

INSTANTIATE_TEST_SUITE_P(WholeJob, RankCounts, ::testing::Values(2, 3));

TEST(Bfloat16, GivesTheSameBytesForAnyNumberOfRanks) {
  const TemporaryFolder folder;
  const auto run = [&](int num_ranks) {
    const auto directory = folder.path() / std::to_string(num_ranks);
    const Outcome outcome =
        run_job(num_ranks, {"run", micro_toml(), in(directory), "models.dtype=bfloat16"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("expert bfloat16, amateur bfloat16; start-up: read"));
    return results(directory);
  };
  const auto one = run(1);
  EXPECT_TRUE(run(3) == one);
  EXPECT_NE(one.at("records/manifest.json"), results(finished_run()).at("records/manifest.json"));
}

TEST(SecondStart, SkipsEveryStageAndPrintsTheTableAgain) {
  const auto before = results(finished_run());
  const Outcome outcome = run_job(2, {"run", micro_toml(), in(finished_run())});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  for (const char* stage : {"evaluate-before", "sample", "finetune", "evaluate-after", "merge"}) {
    EXPECT_THAT(outcome.output, HasSubstr(std::string(stage) + ": already complete"));
  }
  EXPECT_THAT(outcome.output, HasSubstr("report.html"));
  EXPECT_TRUE(results(finished_run()) == before);
}

TEST(SecondStart, RefusesAnotherConfigurationByTheKeysThatDiffer) {
  const auto before = results(finished_run());
  const Outcome outcome =
      run_job(2, {"run", micro_toml(), in(finished_run()), "contrast.kl_beta=0.9", "run.seed=8"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("contrast.kl_beta: 0.4 there, 0.9 here"));
  EXPECT_THAT(outcome.output, HasSubstr("run.seed: 7 there, 8 here"));
  EXPECT_THAT(outcome.output, HasSubstr("choose another run.directory"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("stage.sample")));
  EXPECT_TRUE(results(finished_run()) == before);
}

TEST(SecondStart, RefusesAnotherTypeOfComputing) {
  // "auto" is float32 for these models, so saying so changes nothing.
  const Outcome same =
      run_job(1, {"run", micro_toml(), in(finished_run()), "models.dtype=float32"});
  EXPECT_EQ(same.exit_code, 0) << same.output;
  const Outcome other =
      run_job(1, {"run", micro_toml(), in(finished_run()), "models.dtype=bfloat16"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.output, HasSubstr("models.expert.dtype: float32 there, bfloat16 here"));
}

TEST(SecondStart, TakesAnotherCheckpointIntervalBecauseItChangesNoBit) {
  const Outcome outcome =
      run_job(1, {"run", micro_toml(), in(finished_run()), "finetune.checkpoint_interval=6"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

TEST(SecondStart, MakesLostOutputsAgain) {
  const TemporaryFolder folder;
  const auto directory = folder.path() / "run";
  std::filesystem::copy(finished_run(), directory, std::filesystem::copy_options::recursive);
  std::filesystem::remove_all(directory / "adapter");
  std::filesystem::remove(directory / "evaluation/before/predictions.jsonl");
  const Outcome outcome = run_job(2, {"run", micro_toml(), in(directory)});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("sample: already complete"));
  EXPECT_TRUE(results(directory) == results(finished_run()));
}

TEST(Stages, OneByOneGiveTheBytesOfTheWholeJob) {
  const TemporaryFolder folder;
  const std::string directory = in(folder.path() / "run");
  EXPECT_EQ(run_job(1, {"evaluate", micro_toml(), directory}).exit_code, 0);
  for (const char* job : {"sample", "finetune", "evaluate", "merge", "report"}) {
    const Outcome outcome = run_job(2, {job, micro_toml(), directory});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  }
  EXPECT_TRUE(results(folder.path() / "run") == results(finished_run()));
}

TEST(Stages, OutOfOrderNameTheJobThatComesFirst) {
  const TemporaryFolder folder;
  const Outcome outcome = run_job(2, {"finetune", micro_toml(), in(folder.path() / "run")});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("`lightreasoner sample`"));
}

TEST(Inspect, ShowsARecordInWords) {
  const Outcome outcome = run_job(1, {"inspect", finished_run(), "--problem", "3"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("problem 3 (train-003)"));
  EXPECT_THAT(outcome.output, HasSubstr("soft label"));
  EXPECT_THAT(outcome.output, HasSubstr("'Solution'"));
  const Outcome by_id = run_job(1, {"inspect", finished_run(), "--problem", "train-003"});
  EXPECT_EQ(by_id.output, outcome.output);
  const Outcome beyond = run_job(1, {"inspect", finished_run(), "--problem", "24"});
  EXPECT_EQ(beyond.exit_code, 2);
  EXPECT_THAT(beyond.output, HasSubstr("--problem 24: "));
  EXPECT_THAT(beyond.output, HasSubstr("one of its 24 problems"));
}

TEST(DryRun, ChecksEverythingAndWritesNothing) {
  const TemporaryFolder folder;
  const Outcome outcome = run_job(2, {"run", micro_toml(), in(folder.path() / "run"), "--dry-run"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("to do"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "run"));
}

TEST(DryRun, ReadsAPromptPresetOnAnyNumberOfRanks) {
  const TemporaryFolder folder;
  const std::string preset =
      "prompt.preset=" LIGHTREASONER_SOURCE_DIR "/config/prompts/qwen2.5-math.toml";
  for (const int ranks : {1, 2, 3}) {
    const Outcome outcome =
        run_job(ranks, {"run", micro_toml(), in(folder.path() / "run"), preset, "--dry-run"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  }
}

}  // namespace
}  // namespace lightreasoner::jobs_test
