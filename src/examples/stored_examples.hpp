// SPDX-License-Identifier: Apache-2.0
/// All examples of a records folder, on every rank.
#pragma once

#include "examples/example.hpp"
#include "parallel/communicator.hpp"

#include <filesystem>

namespace lightreasoner::examples {

/// The selected steps of every shard, in record order; the same set on every rank. Shard by shard,
/// so that beside the set at most one shard is held: rank 0 reads and checks it, all are sent it,
/// append its examples and drop it. Throws UserError, agreed, where records are missing or are not
/// what the manifest lists. Collective over comm.
[[nodiscard]] ExampleSet read_examples(const parallel::Communicator& comm,
                                       const std::filesystem::path& records_folder,
                                       const ExampleRules& rules);

}  // namespace lightreasoner::examples
