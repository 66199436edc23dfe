// SPDX-License-Identifier: Apache-2.0
#include "logging/progress.hpp"

#include "logging/log.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <string>

namespace lightreasoner::logging {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

ProgressState some_state() {
  ProgressState state;
  state.stage = "sampling";
  state.counted = "problems";
  state.total = 400;
  state.done = 240;
  state.seconds = 4.6;
  return state;
}

TEST(FormatDuration, RoundsToSeconds) {
  const std::map<double, std::string> rounded{
      {0, "0:00"},         {0.4, "0:00"},     {0.6, "0:01"},
      {59.6, "1:00"},      {245, "4:05"},     {3599.4, "59:59"},
      {3599.5, "1:00:00"}, {3723, "1:02:03"}, {360000, "100:00:00"}};
  for (const auto& [length, text] : rounded) EXPECT_EQ(format_duration(length), text) << length;
}

TEST(FormatDuration, SaysWhenThereIsNone) {
  EXPECT_EQ(format_duration(-1), "?");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::quiet_NaN()), "?");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::infinity()), "?");
}

TEST(FormatProgress, ShowsRateAndTimeLeft) {
  EXPECT_EQ(format_progress(some_state(), false),
            "sampling   60 %  240/400 problems  52.2/s  0:03 left");
}

TEST(FormatProgress, EndsWithTheNote) {
  ProgressState state = some_state();
  state.note = "loss 0.125";
  EXPECT_THAT(format_progress(state, false), EndsWith("0:03 left  loss 0.125"));
}

TEST(FormatProgress, RatesOnlyWorkOfThisRun) {
  ProgressState state = some_state();
  state.done_before = 194;
  EXPECT_EQ(format_progress(state, false), "sampling   60 %  240/400 problems  10.0/s  0:16 left");
}

TEST(FormatProgress, LeavesOutARateThatIsNotKnown) {
  ProgressState state = some_state();
  state.done_before = state.done;
  EXPECT_EQ(format_progress(state, false), "sampling   60 %  240/400 problems");
  state.done_before = 0;
  state.seconds = 0;
  EXPECT_EQ(format_progress(state, false), "sampling   60 %  240/400 problems");
}

TEST(FormatProgress, ReachesAHundredPercentOnlyAtTheEnd) {
  ProgressState state = some_state();
  state.total = 1000;
  state.done = 999;
  EXPECT_THAT(format_progress(state, false), StartsWith("sampling   99 %"));
  state.done = 1000;
  state.seconds = 8;
  EXPECT_EQ(format_progress(state, true),
            "sampling  100 %  1000/1000 problems  125/s  0:08 in total");
}

TEST(FormatProgress, SaysWhenAStageEndedEarly) {
  EXPECT_THAT(format_progress(some_state(), true), EndsWith("52.2/s  stopped after 0:05"));
}

TEST(FormatProgress, CountsNothingAsAllDone) {
  ProgressState state = some_state();
  state.total = state.done = 0;
  EXPECT_THAT(format_progress(state, true), StartsWith("sampling  100 %  0/0 problems"));
}

TEST(FormatProgress, SaysSlowRatesByTheMinute) {
  ProgressState state = some_state();
  state.done = 1;
  state.seconds = 40;
  EXPECT_THAT(format_progress(state, false), HasSubstr("  1.50/min  4:26:00 left"));
}

TEST(FormatProgressBar, FillsInProportion) {
  EXPECT_EQ(format_progress_bar(some_state(), false),
            "sampling   60 %  [#######-----] 240/400 problems  52.2/s  0:03 left");
}

TEST(FormatProgressBar, NeverWrapsWhileItIsRedrawn) {
  ProgressState state = some_state();
  state.note = std::string(100, 'x');
  EXPECT_EQ(format_progress_bar(state, false).size(), 79U);
  EXPECT_THAT(format_progress_bar(state, true), EndsWith(state.note));
}

/// What one stage prints with the given style.
std::string shown(ProgressStyle style, std::chrono::duration<double> interval, bool prints) {
  set_up_logging(prints);
  set_progress_style(style, interval);
  ::testing::internal::CaptureStderr();
  {
    Progress progress("tuning", "updates", 3);
    progress.update(1);
    progress.update(2, "loss 0.5");
    progress.update(3, "loss 0.25");
  }
  set_progress_style(ProgressStyle::off, interval);
  return ::testing::internal::GetCapturedStderr();
}

TEST(Progress, PrintsALineAnIntervalAndOneAtTheEnd) {
  const std::string text = shown(ProgressStyle::lines, seconds(0), true);
  EXPECT_THAT(text, MatchesRegex("tuning   33 %  1/3 updates .*\n"
                                 "tuning   66 %  2/3 updates .*left  loss 0.5\n"
                                 "tuning  100 %  3/3 updates .*/s  loss 0.25\n"
                                 "tuning  100 %  3/3 updates .*0:00 in total  loss 0.25\n"));
}

TEST(Progress, PrintsOnlyTheEndWithinTheFirstInterval) {
  const std::string text = shown(ProgressStyle::lines, hours(1), true);
  EXPECT_THAT(text, MatchesRegex("tuning  100 %  3/3 [^\n]*in total  loss 0.25\n"));
}

TEST(Progress, RedrawsTheBarAtMostFiveTimesASecond) {
  const std::string text = shown(ProgressStyle::bar, hours(1), true);
  EXPECT_THAT(text, StartsWith("tuning    0 %  [------------] 0/3 updates\r"));
  EXPECT_THAT(text, EndsWith("in total  loss 0.25\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 1) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

TEST(Progress, ShowsNothingWhenOffOrOnAProcessThatDoesNotPrint) {
  EXPECT_EQ(shown(ProgressStyle::off, seconds(0), true), "");
  EXPECT_EQ(shown(ProgressStyle::lines, seconds(0), false), "");
  EXPECT_EQ(shown(ProgressStyle::bar, seconds(0), false), "");
}

TEST(Progress, KeepsLogLinesApartFromTheBar) {
  set_up_logging(true);
  set_progress_style(ProgressStyle::bar, hours(1));
  ::testing::internal::CaptureStderr();
  {
    Progress progress("tuning", "updates", 3);
    log_warning("slow disk");
  }
  set_progress_style(ProgressStyle::off, hours(1));
  const std::string text = ::testing::internal::GetCapturedStderr();
  const std::string bar = "tuning    0 %  [------------] 0/3 updates";
  EXPECT_THAT(text,
              StartsWith(bar + "\r" + std::string(bar.size(), ' ') + "\rwarning: slow disk\n"));
}

}  // namespace
}  // namespace lightreasoner::logging
