// SPDX-License-Identifier: Apache-2.0
/// A small store of made-up records, and what its files must be.
#pragma once

#include "records/made_up_records.hpp"
#include "records/store.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lightreasoner::records::testing {

inline const std::string stage_key(64, '7');

inline Manifest empty_manifest(std::uint64_t num_problems = 45) {
  Manifest manifest;
  manifest.stage_key = stage_key;
  manifest.layout = {num_problems, 4, 3};  // 45 problems: 12 units, the last of 1; 4 shards
  manifest.plausibility_floor = 0.02F;
  return manifest;
}

/// Makes this rank's share of `units`, dealt out in turn.
inline void append_units(const parallel::Communicator& comm, Store& store,
                         const std::vector<std::uint64_t>& units, std::uint64_t huge = none_huge) {
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (i % static_cast<std::size_t>(comm.num_ranks()) == static_cast<std::size_t>(comm.rank())) {
      store.append(units[i], made_up_unit(store.manifest().layout, units[i], huge));
    }
  }
}

/// Finishes a store from whatever state it is in, `shards_per_commit` shards at a time.
inline void finish(const parallel::Communicator& comm, Store& store,
                   std::uint64_t shards_per_commit = 2, std::uint64_t huge = none_huge) {
  const std::uint64_t num_shards = store.manifest().layout.num_shards();
  for (std::uint64_t shard = 0; shard < num_shards; shard += shards_per_commit) {
    const std::uint64_t last = std::min(shard + shards_per_commit, num_shards);
    append_units(comm, store, store.missing_units(shard, last), huge);
    store.commit(shard, last);
  }
}

/// SHA-256 of every file below `folder` by relative name.
inline std::map<std::string, std::string> hashes_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> hashes;
  for (const auto& item : std::filesystem::recursive_directory_iterator(folder)) {
    if (item.is_regular_file()) {
      hashes[std::filesystem::relative(item.path(), folder)] =
          support::to_hex(support::sha256_file(item.path()));
    }
  }
  return hashes;
}

/// hashes_of once all ranks are done with the folder. Collective over comm.
inline std::map<std::string, std::string> settled_hashes(const parallel::Communicator& comm,
                                                         const std::filesystem::path& folder) {
  parallel::barrier(comm);
  auto hashes = hashes_of(folder);
  parallel::barrier(comm);
  return hashes;
}

/// The same store made by rank 0 alone.
inline std::map<std::string, std::string> golden_hashes(const parallel::Communicator& world,
                                                        const std::filesystem::path& folder,
                                                        const Manifest& manifest,
                                                        std::uint64_t huge = none_huge) {
  const parallel::Communicator alone = parallel::split(world, world.rank());
  if (world.is_root()) {
    Store store(alone, folder, manifest);
    finish(alone, store, 1, huge);
  }
  parallel::barrier(world);
  return hashes_of(folder);
}

}  // namespace lightreasoner::records::testing
