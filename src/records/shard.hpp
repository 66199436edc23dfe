// SPDX-License-Identifier: Apache-2.0
/// One shard: an HDF5 file of the schema's columns, written by a group of ranks, read by one.
/// Private to the module.
#pragma once

#include "parallel/communicator.hpp"
#include "records/schema.hpp"

#include <cstdint>
#include <filesystem>

namespace lightreasoner::records {

/// What a shard says of itself, as attributes of its root group. Nothing here may depend on ranks,
/// hosts or time.
struct ShardHeader {
  std::uint64_t first_problem = 0;  ///< index in the problem set of the shard's first problem
  float plausibility_floor = 0;
};

/// Writes `file` from the columns of all ranks of `group`, put one after the other in rank order:
/// one collective write a dataset, in which ranks without rows take part with an empty selection.
/// The bytes are a function of header and joined columns alone. Ends flushed and closed, not yet
/// fsynced. When HDF5 fails on one rank all throw std::runtime_error. Collective over group.
void write_shard_file(const parallel::Communicator& group, const std::filesystem::path& file,
                      const ShardHeader& header, const Columns& columns);

/// Throws std::runtime_error when the file is not one that write_shard_file makes: another type,
/// shape, link, filter or storage is refused before a byte of it is read. Not collective.
[[nodiscard]] Columns read_shard_file(const std::filesystem::path& file);

}  // namespace lightreasoner::records
