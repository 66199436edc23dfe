// SPDX-License-Identifier: Apache-2.0
#include "parallel/together.hpp"

#include "support/errors.hpp"
#include "support/mpi_world.hpp"
#include "support/refusal.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <new>
#include <stdexcept>
#include <string>

namespace lightreasoner::parallel {
namespace {

using testing_support::agreed_refusal_of;
using testing_support::world;

TEST(RunTogether, ThrowsTheLowestFailingRanksUserErrorEverywhere) {
  const int last = world().num_ranks() - 1;
  const auto fail_on_the_last = [&] {
    if (world().rank() == last) {
      throw support::UserError("file x, line 3");
    }
  };
  EXPECT_EQ(agreed_refusal_of([&] { run_together(world(), fail_on_the_last); }), "file x, line 3");
}

TEST(RunTogether, NamesTheRankOfAnInternalFailure) {
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

TEST(RunTogether, NamesThatRankOnceWhereItIsNested) {
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

TEST(RunTogether, PassesOnThatMemoryRanOutOnAnyRank) {
  const int last = world().num_ranks() - 1;
  EXPECT_THROW(run_together(world(),
                            [&] {
                              if (world().rank() == last) {
                                throw std::bad_alloc();
                              }
                            }),
               std::bad_alloc);
}

TEST(RunTogether, TakesAFolderThatMayNotBeReadForTheUsersToMend) {
  const auto find_closed = [] {
    throw std::filesystem::filesystem_error("status", "/closed/folder",
                                            std::make_error_code(std::errc::permission_denied));
  };
  EXPECT_EQ(agreed_refusal_of([&] { run_together(world(), find_closed); }),
            "/closed/folder: Permission denied; check that this user may read it");
}

TEST(RunTogether, LetsGoodNewsPass) {
  EXPECT_NO_THROW(run_together(world(), [] {}));
}

TEST(ReadFileOnce, FailsAlikeOnAllRanks) {
  EXPECT_THROW((void)read_file_once(world(), "/nonexistent/file"), support::UserError);
}

TEST(FromRoot, ReadsOnRankZeroAloneAndGivesItToAll) {
  std::uint64_t reads = 0;
  const std::string text = from_root(world(), [&] {
    ++reads;
    return std::string("rank ") + std::to_string(world().rank());
  });
  EXPECT_EQ(text, "rank 0");
  EXPECT_EQ(reads, world().is_root() ? 1U : 0U);
}

TEST(FromRoot, FailsAlikeOnAllRanks) {
  EXPECT_THROW(static_cast<void>(from_root(
                   world(), []() -> std::string { throw support::UserError("not there"); })),
               support::UserError);
}

}  // namespace
}  // namespace lightreasoner::parallel
