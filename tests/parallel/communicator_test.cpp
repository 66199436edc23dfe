// SPDX-License-Identifier: Apache-2.0
#include "parallel/communicator.hpp"

#include "support/mpi_world.hpp"

#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

namespace lightreasoner::parallel {
namespace {

using testing_support::world;

TEST(Broadcast, GivesEveryRankTheRootsBytesInPieces) {
  const std::string sent = "a text longer than one piece, with a \0 inside";
  const std::string got = broadcast(world(), world().is_root() ? sent : "mine", 7);
  EXPECT_EQ(got, sent);
}

TEST(Broadcast, SendsNothingAsNothing) { EXPECT_EQ(broadcast(world(), ""), ""); }

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
