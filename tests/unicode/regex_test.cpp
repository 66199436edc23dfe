// SPDX-License-Identifier: Apache-2.0
#include "unicode/regex.hpp"

#include "support/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::unicode {
namespace {

TEST(Regex, FindsWhatAPersonsPatternMeans) {
  const auto matches = Regex::parse("a+").find_all("baab");
  ASSERT_EQ(matches.size(), 1U);
  EXPECT_EQ(matches[0].begin, 1U);
  EXPECT_EQ(matches[0].end, 3U);
}

TEST(Regex, OfAPersonIsRefusedWhereItIsNone) {
  EXPECT_THAT(testing_support::refusal_of([] { return Regex::parse("("); }),
              ::testing::StartsWith("no pattern: "));
}

}  // namespace
}  // namespace lightreasoner::unicode
