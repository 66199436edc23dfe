// SPDX-License-Identifier: Apache-2.0
/// Which rank works on which unit. Results never depend on it: units are whole and kept in order.
#pragma once

#include "logging/progress.hpp"
#include "parallel/communicator.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace lightreasoner::parallel {

/// Runs `work` for each entry of `units` (the same list on every rank) on one of the ranks, in
/// ascending order on each. They are dealt out in turn, so that neighbours in id, which tend to be
/// alike in cost, go to different ranks. `work` must not be collective; what it throws leaves at
/// once, while other ranks work on (run_guarded ends them). Collective over comm.
void for_each_unit(const Communicator& comm, std::span<const std::uint64_t> units,
                   const std::function<void(std::uint64_t unit)>& work);

/// Where the units of one call stand in the progress of a stage.
struct UnitProgress {
  logging::Progress& progress;
  std::uint64_t done_before = 0;  ///< items of earlier calls
  std::uint64_t num_items = 0;    ///< items of all units, over all ranks
};

/// The same with progress shown after each unit: ranks have about the same number of units, so this
/// rank's share stands for all.
void for_each_unit(const Communicator& comm, std::span<const std::uint64_t> units,
                   const UnitProgress& shown, const std::function<void(std::uint64_t unit)>& work);

}  // namespace lightreasoner::parallel
