// SPDX-License-Identifier: Apache-2.0
/// One shard: an HDF5 file of the schema's datasets, written by a group of ranks and listed in the
/// manifest; read by one rank, alone or for all.
#pragma once

#include "parallel/communicator.hpp"
#include "records/columns.hpp"
#include "records/manifest.hpp"
#include "records/record_batch.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace lightreasoner::records {

/// HDF5's version as the running library tells it.
[[nodiscard]] std::string library_version();

/// Writes shard `shard` of the manifest's layout from the columns of all ranks of `group`, put one
/// after the other in rank order: .part file, flush, close, fsync, hash, read back, rename, fsync
/// of the folder. Its bytes are a function of manifest and joined columns alone. The file is no
/// result until a manifest lists the entry returned (on rank 0 of the group, empty elsewhere).
/// Existing results stay untouched whatever happens. Throws the same error on all ranks: UserError
/// when the file cannot be created or has no room, std::runtime_error when writing fails under way.
/// `columns` are given up before the shard is read back, so that it is held once at a time.
/// Collective over group.
[[nodiscard]] ShardEntry write_shard(const parallel::Communicator& group,
                                     const std::filesystem::path& records_folder,
                                     const Manifest& manifest, std::uint64_t shard,
                                     Columns columns);

/// Reads one committed shard: hash first, HDF5 second, structure third. Throws UserError naming the
/// shard (and the dataset that differs) when its bytes are not those of the manifest; a file is
/// opened by HDF5 only after its hash matched. Not collective.
[[nodiscard]] RecordBatch read_shard(const std::filesystem::path& records_folder,
                                     const ShardEntry& entry);

/// The shard with the record of this problem, nothing when no shard holds it. Ids ascend over
/// shards, with holes where the problem set has blank lines; without any, one shard is read. Throws
/// as read_shard. Not collective.
[[nodiscard]] std::optional<RecordBatch> find_record(const std::filesystem::path& records_folder,
                                                     const Manifest& manifest,
                                                     std::uint64_t problem_id);

/// As read_shard, read by rank 0 alone and sent as columns. At most one column is held twice on a
/// rank. Errors are agreed. Collective over comm.
[[nodiscard]] RecordBatch read_shard_once(const parallel::Communicator& comm,
                                          const std::filesystem::path& records_folder,
                                          const ShardEntry& entry);

}  // namespace lightreasoner::records
