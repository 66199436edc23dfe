// SPDX-License-Identifier: Apache-2.0
#include "attention/kv_cache.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <utility>

namespace lightreasoner::attention {
namespace {

using ::testing::ElementsAre;

TEST(KvCache, GrowsByAHalfAndNoLessThanSixtyFour) {
  const std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> capacities{
      {{0, 3}, 64},      {{0, 100}, 100},   {{100, 100}, 100},
      {{100, 101}, 164}, {{200, 201}, 300}, {{200, 400}, 400}};
  for (const auto& [asked, expected] : capacities) {
    EXPECT_EQ(next_cache_capacity(asked.first, asked.second), expected) << asked.second;
  }
}

TEST(KvCache, KeepsRowsAndTheirLengths) {
  KvCache cache;
  cache.lengths = {4, 7, 2};
  cache.length = 7;
  cache.keys = {at::arange(3).view({3, 1, 1, 1})};
  cache.values = {at::arange(3, 6).view({3, 1, 1, 1})};
  cache.keep_rows(std::vector<std::int64_t>{2, 0});
  EXPECT_THAT(cache.lengths, ElementsAre(2, 4));
  EXPECT_EQ(cache.length, 4);
  EXPECT_TRUE(at::equal(cache.keys[0].flatten(), at::tensor({2, 0}, at::kLong)));
  EXPECT_TRUE(at::equal(cache.values[0].flatten(), at::tensor({5, 3}, at::kLong)));
  cache.keep_rows({});
  EXPECT_EQ(cache.length, 0);
}

}  // namespace
}  // namespace lightreasoner::attention
