// SPDX-License-Identifier: Apache-2.0
#include "planning/memory_plan.hpp"

#include <gtest/gtest.h>

namespace lightreasoner::planning {
namespace {

TEST(MemoryPlan, AddsUpAndNamesTheFirstOfTheLargest) {
  const MemoryLines lines{{"a", 5, "x.a"}, {"b", 9, "x.b"}, {"c", 9, "x.c"}};
  EXPECT_EQ(total_bytes(lines), 23U);
  EXPECT_EQ(total_bytes({}), 0U);
  EXPECT_EQ(largest_line(lines).key, "x.b");
}

TEST(MemoryPlan, FormatsBytesInTheUnitThatFits) {
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1024), "1.00 KiB");
  EXPECT_EQ(format_bytes(std::uint64_t{3} << 29), "1.50 GiB");
  EXPECT_EQ(format_bytes(std::uint64_t{5} << 40), "5120.00 GiB");
}

}  // namespace
}  // namespace lightreasoner::planning
