// SPDX-License-Identifier: Apache-2.0
#include "records/made_up_store.hpp"
#include "records/shard.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/mpi_world.hpp"
#include "support/refusal.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace lightreasoner::records {
namespace {

using testing_support::refusal_of;
using testing_support::shared_folder;
using testing_support::world;

/// A finished store; rank 0 damages it and reads.
class ShardDamage : public ::testing::Test {
 protected:
  std::filesystem::path folder = shared_folder() / "records";
  Manifest manifest = [this] {
    Store store(world(), folder, testing::empty_manifest());
    testing::finish(world(), store);
    parallel::barrier(world());
    return store.manifest();
  }();

  [[nodiscard]] std::filesystem::path path_of(const ShardEntry& entry) const {
    return folder / Layout::shard_name(entry.shard);
  }
  [[nodiscard]] std::string refusal(const ShardEntry& entry) const {
    return refusal_of([&] { return read_shard(folder, entry); });
  }
};

TEST_F(ShardDamage, EveryFlippedByteIsRefusedNamingTheShard) {
  constexpr int num_flips = 200;
  if (!world().is_root()) {
    return;
  }
  std::mt19937_64 random(7);
  for (int flip = 0; flip < num_flips; ++flip) {
    const ShardEntry& entry = manifest.shards[random() % manifest.shards.size()];
    const std::string bytes = support::read_file(path_of(entry));
    std::string damaged = bytes;
    const std::size_t position = random() % bytes.size();
    damaged[position] = static_cast<char>(damaged[position] ^ (1 << random() % 8));
    std::ofstream(path_of(entry), std::ios::binary) << damaged;
    EXPECT_THAT(refusal(entry), ::testing::StartsWith(path_of(entry).string() + ": "))
        << "byte " << position;
    std::ofstream(path_of(entry), std::ios::binary) << bytes;
    ASSERT_EQ(refusal(entry), "accepted");
  }
}

TEST_F(ShardDamage, TruncatedAndMissingShardsAreRefused) {
  if (!world().is_root()) {
    return;
  }
  const ShardEntry& entry = manifest.shards[2];
  std::filesystem::resize_file(path_of(entry), entry.bytes - 1);
  EXPECT_THAT(refusal(entry), ::testing::HasSubstr("is not the file that the manifest lists"));
  std::filesystem::remove(path_of(entry));
  EXPECT_THAT(refusal(entry), ::testing::HasSubstr("shard-000002.h5"));
}

/// A file with the right SHA-256 in a forged manifest still has to be one of ours, and hold what
/// the manifest says of each dataset.
TEST_F(ShardDamage, ForgedManifestEntriesAreRefused) {
  if (!world().is_root()) {
    return;
  }
  ShardEntry entry = manifest.shards[1];
  entry.dataset_sha256.at("/steps/kl") = std::string(64, '0');
  EXPECT_THAT(refusal(entry), ::testing::HasSubstr("dataset /steps/kl is not what"));
  entry = manifest.shards[1];
  entry.dataset_sha256.erase("/floor/token_id");
  EXPECT_THAT(refusal(entry), ::testing::HasSubstr("dataset /floor/token_id is not what"));
  entry = manifest.shards[1];
  entry.num_steps += 1;
  EXPECT_THAT(refusal(entry), ::testing::HasSubstr("other numbers of problems or steps"));
}

/// With the manifest forged to match, the changed bytes reach HDF5 and our own checks: anything but
/// a crash is right, and what is accepted passes every check.
TEST_F(ShardDamage, ChangedBytesBehindAForgedHashDoNotCrash) {
  constexpr int num_trials = 300;
  if (!world().is_root()) {
    return;
  }
  std::mt19937_64 random(11);
  ShardEntry entry = manifest.shards[0];
  const std::string bytes = support::read_file(path_of(entry));
  for (int trial = 0; trial < num_trials; ++trial) {
    std::string changed = bytes;
    for (std::uint64_t change = 1 + random() % 3; change > 0; --change) {
      changed[random() % changed.size()] = static_cast<char>(random());
    }
    std::ofstream(path_of(entry), std::ios::binary) << changed;
    entry.sha256 = support::to_hex(support::sha256(changed));
    try {
      check_batch(read_shard(folder, entry));
    } catch (const support::UserError& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("shard-000000.h5"));
    }
  }
}

TEST_F(ShardDamage, FileThatIsNotHdf5IsRefusedInOurWords) {
  if (!world().is_root()) {
    return;
  }
  ShardEntry entry = manifest.shards[3];
  std::ofstream(path_of(entry)) << "not HDF5 at all";
  entry.sha256 = support::to_hex(support::sha256("not HDF5 at all"));
  EXPECT_THAT(refusal(entry), ::testing::HasSubstr("opening the file: HDF5: "));
}

}  // namespace
}  // namespace lightreasoner::records
