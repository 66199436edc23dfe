// SPDX-License-Identifier: Apache-2.0
/// What one update of tuning holds at once.
#pragma once

#include "finetune/config.hpp"
#include "lora/config.hpp"
#include "model/memory.hpp"
#include "planning/memory_plan.hpp"

#include <cstdint>

namespace lightreasoner::finetune {

/// What the plan depends on beside the settings.
struct TuningSize {
  model::ModelSize model;
  lora::Config lora;
  std::int64_t longest_prefix = 0;  ///< in tokens
  std::int64_t num_parameters = 0;  ///< of the adapter
};

/// The peak of every rank within one update: backpropagating a micro-batch after all others of its
/// rank, whose gradients wait; a rank may have them all. Rank 0 writes checkpoints besides, which
/// has a line of its own.
[[nodiscard]] planning::MemoryLines plan_memory(const Config& config, const TuningSize& size);

}  // namespace lightreasoner::finetune
