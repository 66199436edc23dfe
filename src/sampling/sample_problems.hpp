// SPDX-License-Identifier: Apache-2.0
/// The sampling stage: all missing units over all ranks, into the store.
#pragma once

#include "parallel/communicator.hpp"
#include "records/store.hpp"
#include "sampling/sample_unit.hpp"

#include <span>

namespace lightreasoner::sampling {

/// Samples what the store lacks, window by window of `shards_per_commit` shards: units dealt out to
/// ranks, journaled as they finish, committed together. `problems` are the store's layout's.
/// Collective over comm.
void sample_problems(const parallel::Communicator& comm, const Pair& pair,
                     std::span<const problems::Problem> problems, const StageSettings& settings,
                     records::Store& store);

}  // namespace lightreasoner::sampling
