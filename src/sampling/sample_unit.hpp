// SPDX-License-Identifier: Apache-2.0
/// One unit of sampling: a fixed batch of problems in, their records out.
#pragma once

#include "problems/problem.hpp"
#include "records/record_batch.hpp"
#include "sampling/config.hpp"
#include "sampling/pair.hpp"

#include <cstdint>
#include <span>

namespace lightreasoner::sampling {

/// Expert greedy pass, amateur scoring of the same ids, contrast of every step. A pure function of
/// its arguments. Throws UserError naming problem and step when logits cannot be contrasted.
[[nodiscard]] records::RecordBatch sample_unit(const Pair& pair,
                                               std::span<const problems::Problem> problems,
                                               const Config& config, float plausibility_floor);

/// How often sample_unit holds a unit's records: once as trajectories and once as the batch that is
/// put together of them, either in vectors that grow to twice their elements at most.
inline constexpr std::uint64_t held_records = 4;

}  // namespace lightreasoner::sampling
