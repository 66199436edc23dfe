// SPDX-License-Identifier: Apache-2.0
/// From journals to one sealed shard. Private to the module.
#pragma once

#include "parallel/communicator.hpp"
#include "records/journal.hpp"
#include "records/manifest.hpp"

#include <filesystem>
#include <span>

namespace lightreasoner::records {

/// Where the shards of one run come from and go to.
struct ShardPlan {
  std::filesystem::path folder;  ///< of the shards
  std::filesystem::path journal_folder;
  Layout layout;
  float plausibility_floor = 0;
};

/// Writes shard `shard` from the journal entries of its units, ascending, dealt out to the ranks of
/// `group` in contiguous parts: .part file, flush, close, fsync, hash, read back, rename, fsync of
/// the folder. The file is no result until a manifest lists the entry returned (on rank 0 of the
/// group, empty elsewhere). Existing results stay untouched whatever happens. Throws the same error
/// on all ranks: UserError when the file cannot be created or has no room, std::runtime_error when
/// writing fails under way. Collective over group.
[[nodiscard]] ShardEntry write_shard(const parallel::Communicator& group, const ShardPlan& plan,
                                     std::uint64_t shard, std::span<const JournalEntry> units);

}  // namespace lightreasoner::records
