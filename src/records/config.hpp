// SPDX-License-Identifier: Apache-2.0
/// How records are cut into shards and commits.
#pragma once

#include <cstdint>

namespace lightreasoner::records {

struct Config {
  std::uint64_t units_per_shard = 64;   ///< shard size in sampling units
  std::uint64_t shards_per_commit = 8;  ///< shards written between two manifests
};

}  // namespace lightreasoner::records
