// SPDX-License-Identifier: Apache-2.0
#include "unicode/white_space.hpp"

#include <gtest/gtest.h>

namespace lightreasoner::unicode {
namespace {

TEST(WhiteSpace, CountsBytesAtTheEnds) {
  EXPECT_EQ(leading_white_space(" \t\n\u3000\u00a0x "), 8U);
  EXPECT_EQ(trailing_white_space(" x \u2028\r"), 5U);
  EXPECT_EQ(leading_white_space("\u200b "), 0U);  // no white space to Unicode
  EXPECT_EQ(trailing_white_space("\u180e"), 0U);
  EXPECT_EQ(leading_white_space(""), 0U);
  EXPECT_EQ(trailing_white_space("\u0085"), 2U);
}

TEST(Strip, IsPythons) {
  EXPECT_EQ(strip(" \x1c\u2003 a b\x1f\n\u202f"), "a b");
  EXPECT_EQ(strip("\u200ba\x1b"), "\u200ba\x1b");
  EXPECT_EQ(strip(" \x1d "), "");
  EXPECT_EQ(strip(""), "");
}

}  // namespace
}  // namespace lightreasoner::unicode
