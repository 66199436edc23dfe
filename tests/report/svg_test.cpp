// SPDX-License-Identifier: Apache-2.0
#include "report/svg.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Pointwise;

constexpr double relative_tolerance = 1e-12;

MATCHER(IsClose, "") {
  const double given = std::get<0>(arg), expected = std::get<1>(arg);
  return std::abs(given - expected) <= relative_tolerance * std::max(1.0, std::abs(expected));
}

TEST(NiceTicks, AreRoundNumbersWithinTheRange) {
  EXPECT_THAT(nice_ticks(0, 1, 5), Pointwise(IsClose(), {0.0, 0.2, 0.4, 0.6, 0.8, 1.0}));
  EXPECT_THAT(nice_ticks(1, 200, 5), Pointwise(IsClose(), {50.0, 100.0, 150.0, 200.0}));
  EXPECT_THAT(nice_ticks(-3, 3, 3), Pointwise(IsClose(), {-2.0, 0.0, 2.0}));
  EXPECT_THAT(nice_ticks(0, 0.0007, 4), Pointwise(IsClose(), {0.0, 0.0002, 0.0004, 0.0006}));
  EXPECT_THAT(nice_ticks(5, 5, 4), Pointwise(IsClose(), {5.0}));
}

TEST(NiceTicks, AreNeverManyMoreThanAskedFor) {
  for (double upper = 1e-6; upper < 1e7; upper *= 1.37) {
    const auto ticks = nice_ticks(0, upper, 6);
    EXPECT_GE(ticks.size(), 3U) << upper;
    EXPECT_LE(ticks.size(), 8U) << upper;
    EXPECT_LE(ticks.back(), upper * (1 + 1e-8));
  }
}

TEST(DecadeTicks, ArePowersOfTenThinnedWhenMany) {
  EXPECT_THAT(decade_ticks(0.02, 30, 6), Pointwise(IsClose(), {0.1, 1.0, 10.0}));
  EXPECT_THAT(decade_ticks(1e-8, 1, 4), Pointwise(IsClose(), {1e-8, 1e-5, 1e-2}));
  EXPECT_TRUE(decade_ticks(2, 3, 4).empty());
}

TEST(NiceUpper, IsATickAtOrAboveTheValue) {
  EXPECT_DOUBLE_EQ(nice_upper(0), 1);
  EXPECT_DOUBLE_EQ(nice_upper(std::nan("")), 1);
  EXPECT_DOUBLE_EQ(nice_upper(100), 100);
  EXPECT_DOUBLE_EQ(nice_upper(101), 150);
  EXPECT_DOUBLE_EQ(nice_upper(0.97), 1);
}

Plot some_plot() {
  return {.x = {.lower = 0.01, .upper = 100, .logarithmic = true, .title = "x"},
          .y = {.lower = 0, .upper = 10, .title = "y"}};
}

TEST(Plot, LaysEqualRatiosAtEqualDistances) {
  const Plot plot = some_plot();
  const double decade = x_of(plot, 0.1) - x_of(plot, 0.01);
  EXPECT_NEAR(x_of(plot, 100) - x_of(plot, 10), decade, 1e-9);
  EXPECT_GT(decade, 0);
  EXPECT_LT(y_of(plot, 10), y_of(plot, 0));  // SVG counts downwards
}

TEST(Plot, KeepsPointsOutsideAtItsEnds) {
  const Plot plot = some_plot();
  EXPECT_EQ(x_of(plot, 0), x_of(plot, 0.01));
  EXPECT_EQ(x_of(plot, 1e9), x_of(plot, 100));
  EXPECT_EQ(y_of(plot, -1), y_of(plot, 0));
}

TEST(Line, LeavesAGapWhereAValueIsMissing) {
  const std::string path = line(some_plot(), {{1, 1}, {2, 2}, {3, std::nan("")}, {4, 4}}, "raw");
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 2) << path;
  EXPECT_EQ(std::count(path.begin(), path.end(), 'L'), 1) << path;
  EXPECT_THAT(path, ::testing::Not(HasSubstr("nan")));
}

TEST(Label, EscapesItsText) {
  EXPECT_THAT(label({1, 2}, "start", "a < b"), HasSubstr(">a &lt; b</text>"));
}

}  // namespace
}  // namespace lightreasoner::report
