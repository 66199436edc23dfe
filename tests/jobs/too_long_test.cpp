// SPDX-License-Identifier: Apache-2.0
/// Problems that are longer than the models can read.
#include "job_runner.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

namespace lightreasoner::jobs_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Nine problems of the demo with another one among them.
class TooLong : public ::testing::Test {
 protected:
  /// A set whose fifth line is `line`.
  [[nodiscard]] std::string set_with(const std::string& name, const std::string& line) const {
    std::istringstream all(
        support::read_file(LIGHTREASONER_SOURCE_DIR "/config/demo/problems/train.jsonl"));
    std::string lines;
    for (int i = 0; i < 10; ++i) {
      std::string problem = line;
      if (i != 4) std::getline(all, problem);
      lines += problem + "\n";
    }
    const auto file = folder_.path() / name;
    support::write_file_atomically(file, lines);
    return file.string();
  }
  static std::string long_line() {
    std::string line = R"({"id": "long", "answer": "7", "question": "How many)";
    for (int i = 0; i < 700; ++i) line += " apples";
    return line + "?\"}";
  }
  [[nodiscard]] Outcome start(int ranks, const std::string& job, const std::string& directory,
                              const std::string& set,
                              const std::vector<std::string>& more = {}) const {
    std::vector<std::string> overrides{"problems.file=" + set, "evaluation.file=" + set};
    overrides.insert(overrides.end(), more.begin(), more.end());
    return run_micro(ranks, job, folder_.path() / directory, overrides);
  }
  [[nodiscard]] nlohmann::json json(const std::string& name) const {
    return nlohmann::json::parse(support::read_file(folder_.path() / name));
  }

  const testing_support::TemporaryFolder folder_;
  const std::vector<std::string> allowed_{"problems.too_long=skip", "evaluation.too_long=wrong"};
};

TEST_F(TooLong, IsRefusedBeforeWorkWithTheKeyThatLetsItBe) {
  const std::string set = set_with("long.jsonl", long_line());
  for (const int ranks : {1, 3}) {
    const Outcome outcome = start(ranks, "run", "run", set, {allowed_[1]});
    EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
    EXPECT_THAT(outcome.output, AllOf(HasSubstr("long.jsonl:5: problem long"),
                                      HasSubstr("set problems.too_long = \"skip\"")));
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "run"));
  }
  EXPECT_THAT(start(2, "preflight", "run", set, {allowed_[0]}).output,
              HasSubstr("set evaluation.too_long = \"wrong\""));
}

/// Left out, it leaves the hole that a blank line leaves; held out, it is wrong and listed.
TEST_F(TooLong, IsLeftOutAndCountedWhereAllowed) {
  const std::string set = set_with("long.jsonl", long_line());
  const Outcome outcome = start(1, "run", "run", set, allowed_);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("1 of 10 held-out problems are too long"),
                    HasSubstr("1 problems are too long for the models and left out"),
                    ::testing::ContainsRegex("problems left out +1 "),
                    ::testing::ContainsRegex("too long to be asked +1 ")));
  EXPECT_EQ(json("run/records/manifest.json").at("num_skipped"), 1);
  const nlohmann::json score = json("run/evaluation/before/scores.json").at("demo_test");
  EXPECT_EQ(score.at("total"), 10);
  EXPECT_EQ(score.at("too_long"), 1);
  EXPECT_THAT(support::read_file(folder_.path() / "run/evaluation/after/predictions.jsonl"),
              ::testing::ContainsRegex("\"id\":\"long\".*\"too_long\":true"));

  ASSERT_EQ(start(3, "run", "again", set, allowed_).exit_code, 0);
  EXPECT_EQ(results(folder_.path() / "again"), results(folder_.path() / "run"));
  const std::string with_hole = set_with("blank.jsonl", "");
  ASSERT_EQ(start(2, "sample", "blank", with_hole).exit_code, 0);
  EXPECT_EQ(support::read_file(folder_.path() / "blank/records/shard-000000.h5"),
            support::read_file(folder_.path() / "run/records/shard-000000.h5"));
  EXPECT_FALSE(json("blank/records/manifest.json").contains("num_skipped"));
}

}  // namespace
}  // namespace lightreasoner::jobs_test
