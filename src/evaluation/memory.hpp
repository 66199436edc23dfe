// SPDX-License-Identifier: Apache-2.0
/// What one unit of evaluation holds at once.
#pragma once

#include "evaluation/config.hpp"
#include "model/memory.hpp"
#include "planning/memory_plan.hpp"

#include <cstdint>

namespace lightreasoner::evaluation {

/// `longest_prompt` of the set in tokens; a unit has no more than `num_problems`.
[[nodiscard]] planning::MemoryLines plan_memory(const Config& config, const model::ModelSize& model,
                                                std::int64_t longest_prompt,
                                                std::int64_t num_problems);

}  // namespace lightreasoner::evaluation
