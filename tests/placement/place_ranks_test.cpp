// SPDX-License-Identifier: Apache-2.0
#include "placement/place_ranks.hpp"

#include "support/refusal.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>
#include <random>
#include <set>
#include <string>

namespace lightreasoner::placement {
namespace {

using ::testing::ElementsAre;
using testing_support::refusal_of;
using Devices = std::vector<SeenDevice>;

constexpr int unknown = unknown_numa_node;

/// Devices by the NUMA nodes that they hang on.
Devices devices_at(const std::vector<int>& numa_nodes) {
  Devices devices;
  for (const int node : numa_nodes) {
    devices.push_back({fmt::format("{}", devices.size()), node});
  }
  return devices;
}

/// Ranks that all see `devices`, by the NUMA nodes that they run on.
std::vector<RankView> ranks_at(const std::vector<int>& numa_nodes, const Devices& devices) {
  std::vector<RankView> ranks;
  for (const int node : numa_nodes) ranks.push_back({devices, node});
  return ranks;
}

// The NUMA nodes of a node's devices, as the systems' guides draw them.
const Devices frontier = devices_at({3, 3, 1, 1, 0, 0, 2, 2});
const Devices perlmutter = devices_at({3, 2, 1, 0});

TEST(PlaceRanks, FollowsCoresOnFrontier) {
  EXPECT_THAT(place_ranks(ranks_at({0, 0, 1, 1, 2, 2, 3, 3}, frontier), false),
              ElementsAre(4, 5, 2, 3, 6, 7, 0, 1));
}

TEST(PlaceRanks, FollowsCoresOnPerlmutter) {
  EXPECT_THAT(place_ranks(ranks_at({0, 1, 2, 3}, perlmutter), false), ElementsAre(3, 2, 1, 0));
}

TEST(PlaceRanks, TakesTheOneThatARankSeesOnLumi) {
  // ROCR_VISIBLE_DEVICES is the local rank, the map of cores follows it.
  std::vector<RankView> ranks = ranks_at({3, 3, 1, 1, 0, 0, 2, 2}, {});
  for (std::size_t i = 0; i < ranks.size(); ++i) ranks[i].devices = {frontier[i]};
  EXPECT_THAT(place_ranks(ranks, false), ::testing::Each(0U));
}

TEST(PlaceRanks, IsInOrderWhereCoresDoNotTell) {
  EXPECT_THAT(place_ranks(ranks_at({unknown, unknown, unknown}, perlmutter), false),
              ElementsAre(0, 1, 2));
}

TEST(PlaceRanks, TakesFarOnesRatherThanNone) {
  EXPECT_THAT(place_ranks(ranks_at({0, 0}, devices_at({1, 0})), false), ElementsAre(1, 0));
  EXPECT_TRUE(is_near({{}, 0}, {"a", 0}));
  EXPECT_TRUE(is_near({{}, 0}, {"a", unknown}));
  EXPECT_FALSE(is_near({{}, 0}, {"a", 1}));
}

TEST(PlaceRanks, MovesARankWhoseDeviceAnotherNeeds) {
  const Devices two = devices_at({unknown, unknown});
  EXPECT_THAT(place_ranks({{two}, {{two[0]}}}, false), ElementsAre(1, 0));
}

TEST(PlaceRanks, RefusesTooFewUnlessTheyAreShared) {
  const auto ranks = ranks_at({0, 0, 1, 1, 1}, devices_at({1, 0}));
  EXPECT_THAT(refusal_of([&] { return place_ranks(ranks, false); }),
              ::testing::AllOf(::testing::HasSubstr("5 ranks of a node and 2 devices"),
                               ::testing::HasSubstr("run.share_device = true")));
  EXPECT_THAT(place_ranks(ranks, true), ElementsAre(1, 1, 0, 0, 0));
}

TEST(PlaceRanks, GivesEachRankOneOfItsOwnWheneverThatCanBe) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t end) { return random() % end; };
  for (int trial = 0; trial < 500; ++trial) {
    // Each rank has a device of its own in a hidden order, and sees others in its own order.
    const std::size_t size = 1 + below(6);
    const Devices all = devices_at(std::vector<int>(size, unknown));
    std::vector<std::size_t> hidden(size);
    std::iota(hidden.begin(), hidden.end(), 0);
    std::shuffle(hidden.begin(), hidden.end(), random);
    std::vector<RankView> node;
    for (std::size_t rank = 0; rank < size; ++rank) {
      RankView& view = node.emplace_back();
      for (std::size_t i = 0; i < size; ++i) {
        if (i == hidden[rank] || below(4) == 0) {
          view.devices.push_back(all[i]);
          view.devices.back().numa_node = static_cast<int>(below(3)) - 1;
        }
      }
      view.numa_node = static_cast<int>(below(3)) - 1;
      std::shuffle(view.devices.begin(), view.devices.end(), random);
    }
    std::set<std::string> taken;
    const auto places = place_ranks(node, false);
    for (std::size_t rank = 0; rank < size; ++rank) {
      taken.insert(node[rank].devices.at(places.at(rank)).bus_id);
    }
    EXPECT_EQ(taken.size(), size) << trial;
  }
}

}  // namespace
}  // namespace lightreasoner::placement
