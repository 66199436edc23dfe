// SPDX-License-Identifier: Apache-2.0
#include "logging/log.hpp"

#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::logging {
namespace {

std::string logged(bool prints) {
  set_up_logging(prints);
  ::testing::internal::CaptureStderr();
  info("step {} of {}", 2, 3);
  warn("{} ranks idle", 1);
  log_info("braces {} as they are");
  return ::testing::internal::GetCapturedStderr();
}

TEST(Log, PrintsPlainLinesOnStandardError) {
  EXPECT_EQ(logged(true),
            "step 2 of 3\n"
            "warning: 1 ranks idle\n"
            "braces {} as they are\n");
}

TEST(Log, IsSilentOnAProcessThatDoesNotPrint) { EXPECT_EQ(logged(false), ""); }

TEST(EventLog, AppendsOneJsonObjectALine) {
  const testing_support::TemporaryFolder folder;
  const auto path = folder.path() / "events.jsonl";
  EventLog(path).write("stage_started", {{"stage", "sample"}});
  EventLog(path).write("stage_done", {{"stage", "sample"}, {"text", "two\nlines"}});

  std::istringstream lines(support::read_file(path));
  std::vector<nlohmann::json> events;
  for (std::string line; std::getline(lines, line);) {
    events.push_back(nlohmann::json::parse(line));
  }
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0]["event"], "stage_started");
  EXPECT_EQ(events[1]["text"], "two\nlines");
  EXPECT_THAT(events[0]["time"].get<std::string>(),
              ::testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"));
}

TEST(EventLog, DropsEverythingWithoutAFile) {
  EXPECT_NO_THROW(EventLog().write("stage_started", {{"stage", "sample"}}));
}

}  // namespace
}  // namespace lightreasoner::logging
