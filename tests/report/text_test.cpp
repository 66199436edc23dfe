// SPDX-License-Identifier: Apache-2.0
#include "report/text.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace lightreasoner::report {
namespace {

TEST(FormatCount, SeparatesThousands) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(123456), "123,456");
  EXPECT_EQ(format_count(1234567890), "1,234,567,890");
}

TEST(FormatPercent, HasOneDecimal) {
  EXPECT_EQ(format_percent(0), "0.0 %");
  EXPECT_EQ(format_percent(0.3934), "39.3 %");
  EXPECT_EQ(format_percent(1), "100.0 %");
  EXPECT_EQ(format_percent(std::nan("")), "?");
}

TEST(FormatPValue, IsNeverZero) {
  EXPECT_EQ(format_p_value(1), "p = 1");
  EXPECT_EQ(format_p_value(0.0312), "p = 0.031");
  EXPECT_EQ(format_p_value(5.6e-54), "p = 5.6e-54");
  EXPECT_EQ(format_p_value(0), "p < 2e-308");
  EXPECT_EQ(format_p_value(std::nan("")), "p = ?");
}

TEST(FormatNumber, HasThreeDigits) {
  EXPECT_EQ(format_number(0), "0");
  EXPECT_EQ(format_number(0.4F), "0.4");
  EXPECT_EQ(format_number(0.012345), "0.0123");
  EXPECT_EQ(format_number(1e-6), "1e-6");
  EXPECT_EQ(format_number(1e-12), "1e-12");
  EXPECT_EQ(format_number(1234.5), "1,235");
  EXPECT_EQ(format_number(-20000), "-20,000");
  EXPECT_EQ(format_number(std::numeric_limits<double>::infinity()), "?");
}

TEST(CutToColumns, CountsCharactersNotBytes) {
  const std::string greek = "\u03b1\u03b2\u03b3\u03b4\u03b5";
  EXPECT_EQ(width_of(greek), 5U);
  EXPECT_EQ(cut_to_width(greek, 5), greek);
  EXPECT_EQ(cut_to_width(greek, 4), "\u03b1...");
  EXPECT_EQ(cut_to_width("abcdef", 5), "ab...");
  EXPECT_EQ(cut_to_width("abcdef", 2), "..");
  EXPECT_EQ(cut_to_width("", 0), "");
}

TEST(EscapeHtml, LeavesNoMarkup) {
  EXPECT_EQ(escape_html("<script>alert(\"1\" & '2')</script>"),
            "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;");
  EXPECT_EQ(escape_html("plain \u03b1\n"), "plain \u03b1\n");
  EXPECT_EQ(escape_html(std::string("a\0b\x1b", 4)), "a b ");
}

}  // namespace
}  // namespace lightreasoner::report
