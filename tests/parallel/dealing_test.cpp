// SPDX-License-Identifier: Apache-2.0
#include "parallel/dealing.hpp"

#include "support/mpi_world.hpp"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

namespace lightreasoner::parallel {
namespace {

using testing_support::world;

TEST(ForEachUnit, CoversEveryUnitOnceWithMoreRanksThanUnits) {
  for (const std::size_t count : {0U, 1U, 2U, 7U}) {
    std::vector<std::uint64_t> units(count);
    std::iota(units.begin(), units.end(), 10U);
    std::vector<std::int64_t> times(count, 0);
    for_each_unit(world(), units, [&](std::uint64_t unit) { ++times[unit - 10]; });
    all_reduce_sum(world(), times);
    EXPECT_EQ(times, std::vector<std::int64_t>(count, 1));
  }
}

TEST(ForEachUnit, WalksARanksUnitsInOrder) {
  const std::vector<std::uint64_t> units{3, 5, 8, 13, 21, 34, 55};
  std::vector<std::uint64_t> mine;
  logging::Progress progress("test", "items", 70);
  for_each_unit(world(), units, {progress, 0, 70},
                [&](std::uint64_t unit) { mine.push_back(unit); });
  EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
}

}  // namespace
}  // namespace lightreasoner::parallel
