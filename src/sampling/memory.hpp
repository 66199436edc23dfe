// SPDX-License-Identifier: Apache-2.0
/// What a rank holds at once while it samples a unit and writes a shard.
#pragma once

#include "model/memory.hpp"
#include "planning/memory_plan.hpp"
#include "sampling/config.hpp"

#include <cstdint>

namespace lightreasoner::sampling {

/// What the plan depends on beside the settings.
struct PairSize {
  model::ModelSize expert;
  model::ModelSize amateur;
  std::int64_t expert_prompt = 0;   ///< longest of the set, in the expert's tokens
  std::int64_t amateur_prompt = 0;  ///< in the amateur's
  std::int64_t num_problems = 0;    ///< a unit has no more
  std::int64_t num_shared = 0;      ///< tokens both heads have
  bool shared_are_leading = true;   ///< they are a view of either head's logits
  bool is_penalised = false;        ///< a repetition penalty applies
};

[[nodiscard]] planning::MemoryLines plan_memory(const StageSettings& settings,
                                                const PairSize& pair);

}  // namespace lightreasoner::sampling
