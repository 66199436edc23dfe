// SPDX-License-Identifier: Apache-2.0
/// Reading records back: hash first, HDF5 second, structure third.
#pragma once

#include "records/manifest.hpp"
#include "records/record_batch.hpp"

#include <filesystem>

namespace lightreasoner::records {

/// Reads one committed shard. Throws UserError naming the shard (and the dataset that differs) when
/// its bytes are not those of the manifest; a file is opened by HDF5 only after its hash matched.
/// Not collective.
[[nodiscard]] RecordBatch read_shard(const std::filesystem::path& records_folder,
                                     const ShardEntry& entry);

/// The manifest of a finished records folder. Throws UserError when there is none or shards are
/// missing, naming the job that makes them.
[[nodiscard]] Manifest require_complete_manifest(const std::filesystem::path& records_folder);

}  // namespace lightreasoner::records
