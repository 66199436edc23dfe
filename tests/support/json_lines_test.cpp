// SPDX-License-Identifier: Apache-2.0
#include "support/json_lines.hpp"

#include "support/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::support {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using testing_support::refusal_of;

const std::filesystem::path file = "lines.jsonl";

std::vector<std::pair<std::size_t, std::string>> numbered(const std::string& bytes) {
  std::vector<std::pair<std::size_t, std::string>> lines;
  for (const JsonLine& line : split_json_lines(bytes, file)) {
    lines.emplace_back(line.number, std::string(line.text));
  }
  return lines;
}

TEST(SplitJsonLines, AcceptsTheCommonWaysToWriteAFile) {
  EXPECT_THAT(numbered("a\nb\n"), ElementsAre(Pair(1, "a"), Pair(2, "b")));
  EXPECT_THAT(numbered("a\r\nb\r\n"), ElementsAre(Pair(1, "a"), Pair(2, "b")));
  EXPECT_THAT(numbered("\xEF\xBB\xBF"
                       "a"),
              ElementsAre(Pair(1, "a")));
  EXPECT_THAT(numbered("\na\n \t\r\n\nb\n\n"), ElementsAre(Pair(2, "a"), Pair(5, "b")));
  EXPECT_TRUE(numbered("").empty());
}

std::string error_of(const std::string& bytes) {
  return refusal_of([&] {
    for (const JsonLine& line : split_json_lines(bytes, file)) (void)line.parse();
  });
}

TEST(JsonLine, IsAnObjectOrAnErrorWithItsPlace) {
  EXPECT_EQ(error_of("{\"a\": 1}\r\n{}"), "accepted");
  EXPECT_EQ(error_of("{}\n[1]"), "lines.jsonl:2: expected a JSON object, found array");
  EXPECT_EQ(error_of("{}\n\n{} x"),
            "lines.jsonl:3: not JSON, in column 4; each line must be one JSON object");
  EXPECT_EQ(error_of("{\"a\": \"" + std::string(max_line_bytes, 'x') + "\"}"),
            "lines.jsonl:1: the line has 1048585 bytes, 1048576 are allowed; shorten or remove it");
  EXPECT_EQ(error_of("\xFF"), "lines.jsonl:1: not UTF-8 in column 1; convert the file to UTF-8");
}

}  // namespace
}  // namespace lightreasoner::support
