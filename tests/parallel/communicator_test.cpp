// SPDX-License-Identifier: Apache-2.0
#include "parallel/communicator.hpp"

#include "parallel/assignment.hpp"
#include "support/errors.hpp"
#include "support/mpi_world.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <new>
#include <numeric>

namespace lightreasoner::parallel {
namespace {

using testing_support::world;

TEST(Broadcast, GivesEveryRankTheRootsBytesInPieces) {
  const std::string sent = "a text longer than one piece, with a \0 inside";
  const std::string got = broadcast(world(), world().is_root() ? sent : "mine", 7);
  EXPECT_EQ(got, sent);
}

TEST(Broadcast, SendsNothingAsNothing) { EXPECT_EQ(broadcast(world(), ""), ""); }

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

TEST(Agree, ThrowsTheLowestFailingRanksUserErrorEverywhere) {
  const int last = world().num_ranks() - 1;
  try {
    run_together(world(), [&] {
      if (world().rank() == last) {
        throw support::UserError("file x, line 3");
      }
    });
    FAIL() << "no error on rank " << world().rank();
  } catch (const support::UserError& error) {
    EXPECT_STREQ(error.what(), "file x, line 3");
    EXPECT_TRUE(error.agreed);
  }
}

TEST(Agree, NamesTheRankOfAnInternalFailure) {
  try {
    run_together(world(), [] { throw std::runtime_error("broken"); });
    FAIL() << "no error";
  } catch (const support::UserError&) {
    FAIL() << "an internal failure is not the user's mistake";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "rank 0 of " + std::to_string(world().num_ranks()) + ": broken");
  }
}

TEST(Agree, NamesThatRankOnceWhereItIsNested) {
  try {
    run_together(world(), [] {
      // As where the ranks of a node, here one, agree within what all do.
      throw FailureOfRank("rank 7 of 9: broken");
    });
    FAIL() << "no error";
  } catch (const FailureOfRank& error) {
    EXPECT_STREQ(error.what(), "rank 7 of 9: broken");
  }
}

TEST(Agree, PassesOnThatMemoryRanOutOnAnyRank) {
  const int last = world().num_ranks() - 1;
  EXPECT_THROW(run_together(world(),
                            [&] {
                              if (world().rank() == last) {
                                throw std::bad_alloc();
                              }
                            }),
               std::bad_alloc);
}

TEST(Agree, TakesAFolderThatMayNotBeReadForTheUsersToMend) {
  try {
    run_together(world(), [] {
      throw std::filesystem::filesystem_error("status", "/closed/folder",
                                              std::make_error_code(std::errc::permission_denied));
    });
    FAIL() << "no error";
  } catch (const support::UserError& error) {
    EXPECT_TRUE(error.agreed);
    EXPECT_EQ(std::string(error.what()),
              "/closed/folder: Permission denied; check that this user may read it");
  }
}

TEST(Agree, LetsGoodNewsPass) {
  EXPECT_NO_THROW(run_together(world(), [] {}));
}

TEST(ReadFileOnce, FailsAlikeOnAllRanks) {
  EXPECT_THROW((void)read_file_once(world(), "/nonexistent/file"), support::UserError);
}

TEST(UnitsOfRank, CoversEveryUnitOnceWithMoreRanksThanUnits) {
  for (const std::size_t count : {0U, 1U, 2U, 7U}) {
    std::vector<std::uint64_t> units(count);
    std::iota(units.begin(), units.end(), 10U);
    std::vector<std::int64_t> times(count, 0);
    for (const std::uint64_t unit : units_of_rank(world(), units)) {
      ++times[unit - 10];
    }
    all_reduce_sum(world(), times);
    EXPECT_EQ(times, std::vector<std::int64_t>(count, 1));
  }
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
