// SPDX-License-Identifier: Apache-2.0
#include "records/store.hpp"

#include "records/made_up_store.hpp"
#include "records/shard.hpp"
#include "support/mpi_world.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace lightreasoner::records {
namespace {

using testing::append_units;
using testing::empty_manifest;
using testing::finish;
using testing::golden_hashes;
using testing::settled_hashes;
using testing_support::shared_folder;
using testing_support::world;

TEST(Store, ReadsBackEveryRecord) {
  const auto folder = shared_folder() / "records";
  Store store(world(), folder, empty_manifest());
  EXPECT_EQ(store.missing_units(0, 4).size(), 12U);
  finish(world(), store);
  EXPECT_TRUE(store.manifest().complete());
  Columns all = to_columns(RecordBatch{});
  for (const ShardEntry& entry : require_complete_manifest(folder).shards) {
    append_columns(all, to_columns(read_shard(folder, entry)));
  }
  EXPECT_EQ(all, to_columns(testing::made_up_problems(0, 45)));
  parallel::barrier(world());
}

/// Ids have holes, so an id is no place: the last of 45 problems has id 132.
TEST(Store, FindsTheRecordOfAProblemByItsId) {
  const auto folder = shared_folder() / "records";
  Store store(world(), folder, empty_manifest());
  finish(world(), store);
  parallel::barrier(world());
  const Manifest manifest = require_complete_manifest(folder);
  for (std::uint64_t id = 0, index = 0; id <= testing::id_of(44) + 1; ++id) {
    const std::optional<RecordBatch> found = find_record(folder, manifest, id);
    const bool is_there = index < 45 && testing::id_of(index) == id;
    ASSERT_EQ(found.has_value(), is_there) << id;
    if (is_there) {
      EXPECT_THAT(found->problems.ids, ::testing::Contains(id));
      ++index;
    }
  }
  parallel::barrier(world());
}

TEST(Store, LeavesShardsAndManifestAlone) {
  const auto folder = shared_folder() / "records";
  Store store(world(), folder, empty_manifest());
  finish(world(), store);
  std::vector<std::string> names;
  for (const auto& [name, hash] : settled_hashes(world(), folder)) {
    names.push_back(name);
  }
  EXPECT_THAT(names, ::testing::ElementsAre("manifest.json", "shard-000000.h5", "shard-000001.h5",
                                            "shard-000002.h5", "shard-000003.h5"));
  EXPECT_FALSE(std::filesystem::exists(folder / "journal"));
}

/// Any number of ranks, windows and writer groups: the same bytes, manifest included.
TEST(Store, BytesDoNotDependOnRanksWindowsOrGroups) {
  const auto base = shared_folder();
  const auto golden = golden_hashes(world(), base / "golden", empty_manifest());
  ASSERT_EQ(golden.size(), 5U);
  for (const std::uint64_t shards_per_commit : {1, 2, 3, 4}) {
    const auto folder = base / std::to_string(shards_per_commit);
    Store store(world(), folder, empty_manifest());
    finish(world(), store, shards_per_commit);
    EXPECT_EQ(settled_hashes(world(), folder), golden);
  }
  for (const int num_groups : {2, 3}) {
    const int used = std::min(num_groups, world().num_ranks());
    const int color = world().rank() % used;
    const auto folder = base / ("groups-" + std::to_string(num_groups));
    Store store(world(), folder, empty_manifest(),
                {parallel::split(world(), color), static_cast<std::uint64_t>(color),
                 static_cast<std::uint64_t>(used)});
    finish(world(), store, 4);
    EXPECT_EQ(settled_hashes(world(), folder), golden);
  }
}

/// A time stamp inside a file would show only after a second.
TEST(Store, BytesDoNotDependOnTheClock) {
  const auto base = shared_folder();
  const auto golden = golden_hashes(world(), base / "golden", empty_manifest());
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  Store store(world(), base / "later", empty_manifest());
  finish(world(), store);
  EXPECT_EQ(settled_hashes(world(), base / "later"), golden);
}

TEST(Store, HugeRecordAndRanksWithoutUnits) {
  const auto base = shared_folder();
  constexpr std::uint64_t huge = 5;
  const auto manifest = empty_manifest(9);  // 3 units in 1 shard: the last of 4 ranks owns nothing
  const auto golden = golden_hashes(world(), base / "golden", manifest, huge);
  Store store(world(), base / "all", manifest);
  finish(world(), store, 1, huge);
  EXPECT_EQ(settled_hashes(world(), base / "all"), golden);
  EXPECT_EQ(store.manifest().shards.at(0).num_steps, 20000U + 0 + 1 + 2 + 3 + 4 + 1 + 2 + 3);
}

TEST(Store, OneProblemWithoutSteps) {
  const auto base = shared_folder();
  const auto golden = golden_hashes(world(), base / "golden", empty_manifest(1));
  Store store(world(), base / "all", empty_manifest(1));
  finish(world(), store);
  EXPECT_EQ(settled_hashes(world(), base / "all"), golden);
  const RecordBatch batch = read_shard(base / "all", store.manifest().shards.at(0));
  EXPECT_EQ(batch.num_problems(), 1U);
  EXPECT_EQ(batch.num_steps(), 0U);
  parallel::barrier(world());
}

/// Attempts of ever other rank counts, each dying after some units: nothing is lost or doubled.
TEST(Store, ResumesOnAnotherNumberOfRanks) {
  const auto base = shared_folder();
  const auto golden = golden_hashes(world(), base / "golden", empty_manifest());
  const auto folder = base / "resumed";
  std::vector<std::uint64_t> expected = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  for (const int num_ranks : {world().num_ranks(), 1, std::max(1, world().num_ranks() - 1)}) {
    const parallel::Communicator part =
        parallel::split(world(), world().rank() < num_ranks ? 0 : 1);
    if (world().rank() < num_ranks) {
      Store store(part, folder, empty_manifest());
      EXPECT_EQ(store.missing_units(0, 4), expected);
      append_units(part, store, {expected[0], expected[2], expected[3]});
    }
    expected.erase(expected.begin() + 2, expected.begin() + 4);
    expected.erase(expected.begin());
    parallel::barrier(world());
  }
  Store store(world(), folder, empty_manifest());
  EXPECT_EQ(store.missing_units(0, 4), expected);
  finish(world(), store);
  EXPECT_EQ(settled_hashes(world(), folder), golden);
}

TEST(Store, ResumesBehindCommittedShards) {
  const auto base = shared_folder();
  const auto golden = golden_hashes(world(), base / "golden", empty_manifest());
  const auto folder = base / "resumed";
  {
    Store store(world(), folder, empty_manifest());
    append_units(world(), store, {3, 4, 5, 9});  // 9 belongs to the last shard
    store.commit(1, 2);
    parallel::barrier(world());
  }
  Store store(world(), folder, empty_manifest());
  ASSERT_EQ(store.manifest().shards.size(), 1U);
  EXPECT_EQ(store.manifest().shards[0].shard, 1U);
  EXPECT_THAT(store.missing_units(0, 4), ::testing::ElementsAre(0, 1, 2, 6, 7, 8, 10, 11));
  finish(world(), store);
  EXPECT_EQ(settled_hashes(world(), folder), golden);
}

/// What kills leave behind: a torn journal, a journal without a header, part files, a shard that no
/// manifest lists.
TEST(Store, ResumesFromWhatKillsLeave) {
  const auto base = shared_folder();
  const auto golden = golden_hashes(world(), base / "golden", empty_manifest());
  const auto folder = base / "killed";
  {
    Store store(world(), folder, empty_manifest());
    append_units(world(), store, {0, 1, 2, 3, 4});
  }
  parallel::barrier(world());
  if (world().is_root()) {
    const auto journal = folder / "journal/attempt-0000-rank-00000-part-0000.journal";
    std::filesystem::resize_file(journal, std::filesystem::file_size(journal) - 5);
    std::ofstream(folder / "journal/attempt-0000-rank-00009-part-0000.journal") << "LRJR";
    std::ofstream(folder / "shard-000000.h5.part") << std::string(100000, 'x');
    std::ofstream(folder / "shard-000001.h5") << "torn";
    std::ofstream(folder / "manifest.json.part") << "{";
  }
  parallel::barrier(world());
  Store store(world(), folder, empty_manifest());
  // The last unit of rank 0: it appended every num_ranks-th of five.
  const auto ranks = static_cast<std::uint64_t>(world().num_ranks());
  const std::uint64_t torn = 4 / ranks * ranks;
  EXPECT_EQ(store.missing_units(0, 4).size(), 8U);
  EXPECT_EQ(store.missing_units(0, 4).front(), torn);
  finish(world(), store);
  EXPECT_EQ(settled_hashes(world(), folder), golden);
}

TEST(Store, CommitAgainChangesNothing) {
  const auto folder = shared_folder() / "records";
  Store store(world(), folder, empty_manifest());
  finish(world(), store);
  const auto before = settled_hashes(world(), folder);
  store.commit(0, 4);
  EXPECT_EQ(settled_hashes(world(), folder), before);
  EXPECT_TRUE(store.missing_units(0, 4).empty());
}

TEST(Store, UnitsThatWereNotAppendedAreOurBug) {
  const auto folder = shared_folder() / "records";
  Store store(world(), folder, empty_manifest());
  EXPECT_THROW(store.commit(0, 1), std::logic_error);
  EXPECT_THROW(store.commit(0, 5), std::logic_error);
  EXPECT_THROW(store.append(12, RecordBatch{}), std::logic_error);
  EXPECT_THROW(store.append(1, testing::made_up_problems(4, 7)), std::logic_error);
  parallel::barrier(world());
}

}  // namespace
}  // namespace lightreasoner::records
