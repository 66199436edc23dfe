// SPDX-License-Identifier: Apache-2.0
#include "support/range.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace lightreasoner::support {
namespace {

TEST(Range, HoldsItsEndsUnlessTheyAreOpen) {
  EXPECT_TRUE(between(1, 3).contains(1) && between(1, 3).contains(3));
  EXPECT_FALSE(between(1, 3).contains(0.999) || between(1, 3).contains(3.001));
  EXPECT_FALSE(above(1, 3).contains(1) || below(1, 3).contains(3));
  EXPECT_TRUE(above(1, 3).contains(3) && below(1, 3).contains(1));
  EXPECT_TRUE(Range{}.contains(std::numeric_limits<double>::infinity()));
}

TEST(Range, HoldsNoNaN) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(Range{}.contains(nan) || between(0, 1).contains(nan) || above(0, 1).contains(nan));
}

TEST(Range, IsToldInWords) {
  EXPECT_EQ(in_words(between(1, 0x1p53)), "between 1 and 9007199254740992");
  EXPECT_EQ(in_words(above(0, 1e-3)), "above 0 and at most 0.001");
  EXPECT_EQ(in_words(below(0, 1)), "at least 0 and below 1");
}

}  // namespace
}  // namespace lightreasoner::support
