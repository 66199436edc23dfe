// SPDX-License-Identifier: Apache-2.0
#include "records/made_up_store.hpp"
#include "records/store.hpp"
#include "support/errors.hpp"
#include "support/mpi_world.hpp"
#include "support/refusal.hpp"

#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace lightreasoner::records {
namespace {

using testing::append_units;
using testing::empty_manifest;
using testing::finish;
using testing::golden_hashes;
using testing::settled_hashes;
using testing_support::agreed_refusal_of;
using testing_support::shared_folder;
using testing_support::world;

TEST(StoreErrors, OtherStageKeyIsRefusedAndNothingTouched) {
  const auto base = shared_folder();
  Manifest other = empty_manifest();
  other.stage_key = std::string(64, '8');
  {
    Store store(world(), base / "journaled", empty_manifest());
    append_units(world(), store, {0, 1, 2});
    Store finished(world(), base / "finished", empty_manifest());
    finish(world(), finished);
  }
  const auto before = settled_hashes(world(), base);
  for (const char* name : {"journaled", "finished"}) {
    const std::string message =
        agreed_refusal_of([&] { const Store store(world(), base / name, other); });
    EXPECT_THAT(message, ::testing::HasSubstr((base / name).string()));
    EXPECT_THAT(message, ::testing::HasSubstr(testing::stage_key));
    EXPECT_THAT(message, ::testing::HasSubstr("run.directory"));
  }
  EXPECT_EQ(settled_hashes(world(), base), before);
}

TEST(StoreErrors, DamagedManifestIsRefused) {
  const auto folder = shared_folder() / "records";
  {
    Store store(world(), folder, empty_manifest());
    finish(world(), store);
  }
  parallel::barrier(world());
  if (world().is_root()) {
    std::filesystem::resize_file(folder / "manifest.json", 300);
  }
  parallel::barrier(world());
  EXPECT_THAT(agreed_refusal_of([&] { const Store store(world(), folder, empty_manifest()); }),
              ::testing::AllOf(::testing::HasSubstr("records/manifest.json:9: not JSON"),
                               ::testing::HasSubstr("the manifest is damaged: restore it")));
}

TEST(StoreErrors, FolderThatCannotBeMadeIsOneMessage) {
  const auto base = shared_folder();
  if (world().is_root()) {
    std::ofstream(base / "file") << "not a folder";
  }
  parallel::barrier(world());
  EXPECT_THAT(agreed_refusal_of(
                  [&] { const Store store(world(), base / "file" / "records", empty_manifest()); }),
              ::testing::HasSubstr("folder cannot be created"));
}

TEST(StoreErrors, ShardThatCannotBeCreatedIsOneMessage) {
  const auto folder = shared_folder() / "records";
  Store store(world(), folder, empty_manifest());
  append_units(world(), store, store.missing_units(0, 2));
  if (world().is_root()) {
    std::filesystem::create_directory(folder / "shard-000001.h5.part");
  }
  parallel::barrier(world());
  EXPECT_THAT(agreed_refusal_of([&] { store.commit(0, 2); }),
              ::testing::HasSubstr("shard-000001.h5.part: cannot be opened"));
  EXPECT_TRUE(store.manifest().shards.empty());
  if (world().is_root()) {
    std::filesystem::remove(folder / "shard-000001.h5.part");
  }
  parallel::barrier(world());
  store.commit(0, 2);
  EXPECT_EQ(store.manifest().shards.size(), 2U);
  parallel::barrier(world());
}

/// Writes that fail as on a full disk: one message, committed shards stay, the next try succeeds.
TEST(StoreErrors, FullDiskLeavesCommittedShardsAndCanBeRepeated) {
  const auto base = shared_folder();
  const auto golden = golden_hashes(world(), base / "golden", empty_manifest());
  const auto folder = base / "full";
  Store store(world(), folder, empty_manifest());
  append_units(world(), store, store.missing_units(0, 2));
  store.commit(0, 2);
  append_units(world(), store, store.missing_units(2, 4));
  const auto committed = settled_hashes(world(), folder);
  rlimit old_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {4096, old_limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = agreed_refusal_of([&] { store.commit(2, 4); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_THAT(message, ::testing::HasSubstr("shard-000002.h5.part: cannot be written"));
  for (const char* name : {"manifest.json", "shard-000000.h5", "shard-000001.h5"}) {
    EXPECT_EQ(settled_hashes(world(), folder).at(name), committed.at(name));
  }
  store.commit(2, 4);
  EXPECT_EQ(settled_hashes(world(), folder), golden);
}

}  // namespace
}  // namespace lightreasoner::records
