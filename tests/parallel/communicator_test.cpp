// SPDX-License-Identifier: Apache-2.0
#include "parallel/communicator.hpp"

#include "support/mpi_world.hpp"

#include <cstdint>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace lightreasoner::parallel {
namespace {

using testing_support::world;

TEST(Broadcast, GivesEveryRankTheRootsBytesInPieces) {
  const std::string sent = "a text longer than one piece";
  std::string got = world().is_root() ? sent : std::string(sent.size(), '-');
  broadcast_bytes(world(), std::as_writable_bytes(std::span(got)), 7);
  EXPECT_EQ(got, sent);
}

TEST(Broadcast, SendsNothingAsNothing) {
  EXPECT_EQ(broadcast(world(), std::string(world().is_root() ? "" : "mine")), "");
  const std::vector<float> as_long_as_my_rank(static_cast<std::size_t>(world().rank()));
  EXPECT_THAT(broadcast(world(), as_long_as_my_rank), ::testing::IsEmpty());
}

TEST(Broadcast, GivesValuesOfAnySize) {
  const std::vector<std::uint64_t> values{1, std::uint64_t{1} << 40};
  EXPECT_EQ(broadcast(world(), world().is_root() ? values : std::vector<std::uint64_t>{}), values);
  EXPECT_EQ(broadcast(world(), world().is_root() ? 0.25 : 0.5), 0.25);
}

/// What travels, and what is each rank's own.
struct Letter {
  std::string text;
  std::vector<double> numbers;
  int of_rank = 0;

  static constexpr std::tuple shared{&Letter::text, &Letter::numbers};
};

TEST(Broadcast, GivesTheMembersThatAStructShares) {
  const int rank = world().rank();
  const Letter mine{world().is_root() ? "for all" : "", std::vector<double>(rank == 0 ? 3 : 0, 0.5),
                    rank};
  const Letter got = broadcast(world(), mine);
  EXPECT_EQ(got.text, "for all");
  EXPECT_EQ(got.numbers, std::vector<double>(3, 0.5));
  EXPECT_EQ(got.of_rank, rank);
}

TEST(Broadcast, GivesNamedTexts) {
  const std::map<std::string, std::string> texts{{"a", "1"}, {"b", ""}};
  EXPECT_EQ(broadcast(world(), world().is_root() ? texts : std::map<std::string, std::string>{}),
            texts);
}

TEST(Gather, KeepsRankOrderAndUnequalLengths) {
  const std::string mine(static_cast<std::size_t>(world().rank()) * 3, 'x');
  const auto parts = gather(world(), mine);
  if (!world().is_root()) {
    EXPECT_TRUE(parts.empty());
    return;
  }
  ASSERT_EQ(parts.size(), static_cast<std::size_t>(world().num_ranks()));
  for (std::size_t rank = 0; rank < parts.size(); ++rank) {
    EXPECT_EQ(parts[rank], std::string(rank * 3, 'x'));
  }
}

TEST(AllReduce, SumsAndMaximisesOverRanks) {
  const auto ranks = static_cast<std::uint64_t>(world().num_ranks());
  const auto rank = static_cast<std::uint64_t>(world().rank());
  EXPECT_EQ(all_reduce_sum(world(), rank + 1), ranks * (ranks + 1) / 2);
  EXPECT_EQ(all_reduce_max(world(), -static_cast<float>(rank)), 0.0F);
  std::vector<std::int64_t> values{std::int64_t{1} << 40, -1};
  all_reduce_sum(world(), values);
  EXPECT_EQ(values[0], static_cast<std::int64_t>(ranks) << 40);
  EXPECT_EQ(values[1], -static_cast<std::int64_t>(ranks));
}

TEST(Split, FormsGroupsByColour) {
  const Communicator group = split(world(), world().rank() % 2);
  const int expected = (world().num_ranks() + 1 - world().rank() % 2) / 2;
  EXPECT_EQ(group.num_ranks(), expected);
  EXPECT_EQ(group.rank(), world().rank() / 2);
  EXPECT_EQ(split_by_node(world()).num_ranks(), world().num_ranks());
}

}  // namespace
}  // namespace lightreasoner::parallel
