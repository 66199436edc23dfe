// SPDX-License-Identifier: Apache-2.0
#include "support/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace lightreasoner::support {
namespace {

TEST(Process, KnowsItsHostAndTheTime) {
  EXPECT_FALSE(host_name().empty());
  EXPECT_THAT(utc_time(), ::testing::MatchesRegex(
                              "20[0-9]+-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z"));
}

TEST(SecondsSince, CountsFromTheStart) {
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_GE(seconds_since(start), 0.002);
  EXPECT_LT(seconds_since(start), 60);
}

}  // namespace
}  // namespace lightreasoner::support
