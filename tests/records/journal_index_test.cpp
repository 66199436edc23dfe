// SPDX-License-Identifier: Apache-2.0
#include "records/journal_index.hpp"

#include "support/mpi_world.hpp"

#include <cstdint>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>

namespace lightreasoner::records {
namespace {

using testing_support::world;

std::string file_of(int rank) { return "of-rank-" + std::to_string(rank); }

TEST(JournalIndex, KeepsTheFirstEntryOfAUnit) {
  const JournalIndex index({{{7, "a", 10}, {7, "b", 20}, {8, "b", 30}}, {"a", "b"}, 1});
  EXPECT_EQ(index.at(7).file, "a");
  EXPECT_EQ(index.at(8).offset, 30U);
  EXPECT_FALSE(index.contains(9));
  EXPECT_THROW((void)index.at(9), std::out_of_range);
}

TEST(JournalIndex, KnowsWhatARankNotedOnceItIsShared) {
  JournalIndex index({{{100, "old", 1}}, {"old"}, 1});
  const auto rank = static_cast<std::uint64_t>(world().rank());
  index.note({rank, file_of(world().rank()), 5 * rank});
  EXPECT_FALSE(index.contains(rank));
  for (int round = 0; round < 2; ++round) {  // the second has nothing new
    index.share(world());
    for (int other = 0; other < world().num_ranks(); ++other) {
      const JournalEntry& entry = index.at(static_cast<std::uint64_t>(other));
      EXPECT_EQ(entry.file, file_of(other));
      EXPECT_EQ(entry.offset, 5U * static_cast<std::uint64_t>(other));
    }
    EXPECT_TRUE(index.contains(100));
  }
}

TEST(JournalIndex, TellsEachFileThatNothingNeedsOnce) {
  using ::testing::ElementsAre;
  using ::testing::IsEmpty;
  JournalIndex index({{{1, "a", 0}, {2, "a", 9}, {3, "b", 0}}, {"a", "b", "torn"}, 1});
  EXPECT_THAT(index.drop([](std::uint64_t unit) { return unit == 1; }), ElementsAre("torn"));
  EXPECT_FALSE(index.contains(1));
  EXPECT_TRUE(index.contains(2));
  EXPECT_THAT(index.drop([](std::uint64_t unit) { return unit == 2; }), ElementsAre("a"));
  EXPECT_THAT(index.drop([](std::uint64_t unit) { return unit == 2; }), IsEmpty());
  EXPECT_THAT(index.drop([](std::uint64_t) { return true; }), ElementsAre("b"));
}

TEST(JournalScan, TravelsAsText) {
  const JournalScan scan{{{1, "a", 0}, {~std::uint64_t{0}, "b", 12}}, {"a", "b", "torn"}, 6};
  const JournalScan again = parse_scan(to_text(scan));
  EXPECT_EQ(again.files, scan.files);
  EXPECT_EQ(again.next_attempt, 6U);
  ASSERT_EQ(again.entries.size(), 2U);
  EXPECT_EQ(again.entries[1].unit, ~std::uint64_t{0});
  EXPECT_EQ(again.entries[1].file, "b");
  EXPECT_EQ(again.entries[1].offset, 12U);
}

}  // namespace
}  // namespace lightreasoner::records
