// SPDX-License-Identifier: Apache-2.0
/// Samples out of a run and into another one, and tuning from a given adapter and order.
#include "job_runner.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::jobs_test {
namespace {

using ::testing::HasSubstr;
using testing_support::TemporaryFolder;

/// A sampled and tuned run, without dropout so that equal samples give equal adapters.
struct Samples : ::testing::Test {
  static std::vector<std::string> arguments(const std::string& job,
                                            const std::filesystem::path& directory,
                                            const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{job, micro_toml(), "run.directory=" + directory.string(),
                                 "lora.dropout=0", "method.prefix=text"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  static const std::filesystem::path& tuned_run() {
    static const TemporaryFolder folder;
    static const std::filesystem::path directory = folder.path() / "run";
    static const bool done = [] {
      return run_job(2, arguments("sample", directory)).exit_code == 0 &&
             run_job(2, arguments("finetune", directory)).exit_code == 0;
    }();
    EXPECT_TRUE(done);
    return directory;
  }
  static nlohmann::json losses(const std::filesystem::path& directory) {
    return nlohmann::json::parse(support::read_file(directory / "tuning.json")).at("losses");
  }
  static std::string adapter(const std::filesystem::path& directory) {
    return support::read_file(directory / "adapter/adapter_model.safetensors");
  }

  TemporaryFolder folder_;
};

TEST_F(Samples, ExportedAndImportedTuneTheSameAdapter) {
  const auto file = folder_.path() / "samples.jsonl";
  const std::vector<std::string> no_targets{tuned_run().string() + "/records/manifest.json",
                                            "/dev/null", "-"};
  for (const std::string& bad : no_targets) {
    const Outcome refused = run_job(1, {"export", tuned_run(), bad});
    EXPECT_EQ(refused.exit_code, 2) << refused.output;
    EXPECT_THAT(refused.output, HasSubstr("error: " + bad));
  }
  ASSERT_TRUE(std::filesystem::is_character_file("/dev/null"));
  const Outcome exported = run_job(1, {"export", tuned_run(), file});
  ASSERT_EQ(exported.exit_code, 0) << exported.output;
  const std::string lines = support::read_file(file);
  EXPECT_THAT(exported.output,
              HasSubstr(std::to_string(std::count(lines.begin(), lines.end(), '\n')) + " samples"));
  const auto first = nlohmann::ordered_json::parse(lines.substr(0, lines.find('\n')));
  std::vector<std::string> fields;
  for (const auto& [name, value] : first.items()) fields.push_back(name);
  EXPECT_THAT(fields, ::testing::ElementsAre("prompt_id", "step", "prefix", "tokens", "token_ids",
                                             "weights", "kl_divergence"));
  const auto directory = folder_.path() / "imported";
  const Outcome tuned =
      run_job(2, arguments("finetune", directory, {"samples.file=" + file.string()}));
  ASSERT_EQ(tuned.exit_code, 0) << tuned.output;
  EXPECT_TRUE(adapter(directory) == adapter(tuned_run()));
}

TEST_F(Samples, RunTheWholeJobWithoutSampling) {
  const auto file = folder_.path() / "samples.jsonl";
  ASSERT_EQ(run_job(1, {"export", tuned_run(), file}).exit_code, 0);
  const Outcome outcome =
      run_job(2, arguments("run", folder_.path() / "run", {"samples.file=" + file.string()}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("report.html"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "run/records"));
  EXPECT_EQ(
      run_job(1, arguments("sample", folder_.path() / "run", {"samples.file=" + file.string()}))
          .exit_code,
      2);
}

TEST_F(Samples, BrokenOnesAreNamedBeforeWorkStarts) {
  const auto file = folder_.path() / "samples.jsonl";
  std::ofstream(file) << "{\"prompt_id\": \"x\"}\n";
  const Outcome outcome =
      run_job(2, arguments("run", folder_.path() / "run", {"samples.file=" + file.string()}));
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr(file.string() + ":1: key \"prefix\": is missing"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "run"));
}

TEST_F(Samples, OfQuestionsAreCountedWhereNoProblemHasThem) {
  const auto file = folder_.path() / "samples.jsonl";
  const auto plan = [&](const std::string& prefix) {
    std::ofstream(file) << R"({"prompt_id": "Why?", "prefix": ")" << prefix
                        << R"(", "token_ids": [3], "weights": [1.0]})"
                        << "\r\n\r\n";
    return run_job(2, arguments("finetune", folder_.path() / "run",
                                {"--dry-run", "samples.file=" + file.string()}));
  };
  const Outcome counted = plan("");
  EXPECT_EQ(counted.exit_code, 0) << counted.output;
  EXPECT_THAT(counted.output, HasSubstr("1 of 1 samples name no problem of problems.file"));
  std::string words;
  for (int i = 0; i < 700; ++i) words += " apples";
  const Outcome too_long = plan(words);
  EXPECT_EQ(too_long.exit_code, 2) << too_long.output;
  EXPECT_THAT(too_long.output, HasSubstr("samples.jsonl:1: prompt and prefix have "));
}

TEST_F(Samples, StartFromAnAdapterWhoseShapeNobodyContradicts) {
  const auto plan = [&](const std::vector<std::string>& overrides) {
    std::vector<std::string> more{"--dry-run",
                                  "lora.start_from=" + (tuned_run() / "adapter").string()};
    more.insert(more.end(), overrides.begin(), overrides.end());
    return run_job(2, arguments("run", folder_.path() / "run", more));
  };
  const Outcome equal = plan({"lora.rank=8", "lora.target_modules=[\"v_proj\", \"q_proj\"]"});
  EXPECT_EQ(equal.exit_code, 0) << equal.output;
  const Outcome other = plan({"lora.rank=4"});
  EXPECT_EQ(other.exit_code, 2) << other.output;
  EXPECT_THAT(other.output, HasSubstr("override 'lora.rank=4': lora.rank is 4, but the adapter to "
                                      "start from has 8"));
  const Outcome fewer = plan({"lora.target_modules=[\"v_proj\"]"});
  EXPECT_EQ(fewer.exit_code, 2) << fewer.output;
  EXPECT_THAT(fewer.output, HasSubstr("lora.target_modules is [\"v_proj\"]"));
}

TEST_F(Samples, AreTunedInAGivenOrderFromAGivenAdapter) {
  const auto order = folder_.path() / "order.txt";
  std::ofstream(order) << "3\n1\n4\n1\n5\n";
  const auto tune = [&](const std::string& name, int ranks) {
    const auto directory = folder_.path() / name;
    std::filesystem::create_directories(directory);
    std::filesystem::copy(tuned_run() / "records", directory / "records",
                          std::filesystem::copy_options::recursive);
    EXPECT_EQ(run_job(1, arguments("sample", directory)).exit_code, 0);
    const Outcome outcome =
        run_job(ranks, arguments("finetune", directory,
                                 {"finetune.order_file=" + order.string(),
                                  "lora.start_from=" + (tuned_run() / "adapter").string()}));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    return directory;
  };
  const auto one = tune("one", 1);
  const auto three = tune("three", 3);
  EXPECT_TRUE(adapter(one) == adapter(three));
  // The first update sees a tuned model, the run before saw an untouched one.
  EXPECT_NE(losses(one)[0], losses(tuned_run())[0]);
  const std::string config = support::read_file(one / "config.toml");
  EXPECT_THAT(config, HasSubstr("rank = 8"));

  std::ofstream(order) << "3\n100000\n";
  const Outcome beyond = run_job(
      2, arguments("finetune", folder_.path() / "one", {"finetune.order_file=" + order.string()}));
  EXPECT_EQ(beyond.exit_code, 2);
}

}  // namespace
}  // namespace lightreasoner::jobs_test
