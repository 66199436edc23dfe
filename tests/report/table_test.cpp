// SPDX-License-Identifier: Apache-2.0
#include "report/table.hpp"

#include "report/some_summary.hpp"
#include "report/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace lightreasoner::report {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

TEST(FormatTable, ShowsTheNumbersGiven) {
  const std::string table = format_table(some_summary(), "runs/demo/report.html");
  EXPECT_THAT(table,
              ContainsRegex("accuracy before +40.0 %  \\[35.3, 44.9\\], 160 of 400, set test"));
  EXPECT_THAT(table,
              ContainsRegex("accuracy after +88.2 %  \\[84.7, 91.0\\], 353 of 400, set test"));
  EXPECT_THAT(table, ContainsRegex("change in points +\\+48.2  McNemar's exact test p = 5.6e-54"));
  EXPECT_THAT(table, ContainsRegex("problems sampled +400\n"));
  EXPECT_THAT(table, ContainsRegex("steps seen +5,165\n"));
  EXPECT_THAT(table, ContainsRegex("steps selected +969  18.8 % of steps seen\n"));
  EXPECT_THAT(table, ContainsRegex("steps tuned on +900  17.4 % of steps seen\n"));
  EXPECT_THAT(table, Not(HasSubstr("lost mass")));  // nothing is lost
  EXPECT_THAT(table, ContainsRegex("time +2:04  all stages\n"));
  EXPECT_THAT(table, ContainsRegex("  sample +0:31  25.0 %\n"));
  EXPECT_THAT(table, ContainsRegex("  finetune +1:33  75.0 %\n"));
}

TEST(FormatTable, DoesNotSpeakOfSamplingWhereSamplesWereGiven) {
  RunSummary summary = some_summary();
  summary.tuning.samples_given = true;
  const std::string table = format_table(summary, "report.html");
  EXPECT_THAT(table, ContainsRegex("samples tuned on +900  given by samples.file\n"));
  EXPECT_THAT(table, Not(HasSubstr("steps seen")));
}

TEST(FormatTable, TellsTheProbabilityOutsideTheSharedVocabulary) {
  RunSummary summary = some_summary();
  summary.steps.amateur_lost_mass = {.mean = 2.5e-6, .largest = 0.031};
  const std::string table = format_table(summary, "report.html");
  EXPECT_THAT(table, ContainsRegex("amateur's lost mass +2.5e-6  mean outside the shared tokens, "
                                   "at most 0.031\n"));
  EXPECT_THAT(table, Not(HasSubstr("expert's lost mass")));
}

TEST(FormatTable, TellsWhatWasTooLong) {
  EXPECT_THAT(format_table(some_summary(), "report.html"),
              ::testing::Not(::testing::HasSubstr("too long")));
  RunSummary summary = some_summary();
  summary.steps.num_skipped = 1234;
  summary.accuracy.after->too_long = 5;
  const std::string table = format_table(summary, "report.html");
  EXPECT_THAT(table, ::testing::ContainsRegex("problems left out +1,234 +too long for"));
  EXPECT_THAT(table, ::testing::ContainsRegex("too long to be asked +5 +counted as wrong"));
}

TEST(FormatTable, EndsWithTheReportsPath) {
  EXPECT_EQ(lines_of(format_table(some_summary(), "runs/demo/report.html")).back(),
            "runs/demo/report.html");
}

TEST(FormatTable, AlignsValuesAtTheirRightEnd) {
  const auto lines = lines_of(format_table(some_summary(), "x"));
  const std::size_t end = lines[2].find("40.0 %") + 6;
  for (std::size_t i = 2; i + 2 < lines.size(); ++i) {
    ASSERT_GE(lines[i].size(), end) << lines[i];
    EXPECT_NE(lines[i][end - 1], ' ') << lines[i];
    EXPECT_TRUE(lines[i].size() == end || lines[i].substr(end, 2) == "  ") << lines[i];
  }
}

TEST(FormatTable, FitsEightyColumnsWhateverItIsGiven) {
  RunSummary summary = some_summary();
  const std::string long_name(200, 'n');
  summary.title = long_name;
  summary.accuracy.set = long_name;
  summary.accuracy.before = some_score(1'000'000'000, 4'000'000'000);
  summary.steps.num_steps = ~std::uint64_t{0};
  summary.stage_seconds.emplace_back(long_name, 1e9);
  for (const std::string& line : lines_of(format_table(summary, "x"))) {
    EXPECT_LE(width_of(line), 80U) << line;
  }
}

TEST(FormatTable, SaysWhatHasNotBeenDone) {
  const std::string table = format_table(RunSummary{}, "report.html");
  EXPECT_THAT(table, ContainsRegex("accuracy before +not yet\n"));
  EXPECT_THAT(table, ContainsRegex("steps seen +not yet\n"));
  EXPECT_THAT(table, ContainsRegex("time +not yet\n"));
  EXPECT_THAT(table, Not(HasSubstr("change")));
  EXPECT_THAT(table, Not(HasSubstr("nan")));
}

TEST(FormatTable, TellsNothingSelectedFromNotYet) {
  RunSummary summary = some_summary();
  summary.steps.num_selected = 0;
  EXPECT_THAT(format_table(summary, "x"), ContainsRegex("steps selected +0\n"));
}

}  // namespace
}  // namespace lightreasoner::report
