// SPDX-License-Identifier: Apache-2.0
/// Which rank works on which unit. Results never depend on it: units are whole and kept in order.
#pragma once

#include "parallel/communicator.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace lightreasoner::parallel {

/// The entries of `units` this rank works on: dealt out in turn, so that neighbours in id, which
/// tend to be alike in cost, go to different ranks.
[[nodiscard]] std::vector<std::uint64_t> units_of_rank(const Communicator& comm,
                                                       std::span<const std::uint64_t> units);

}  // namespace lightreasoner::parallel
