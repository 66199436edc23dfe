// SPDX-License-Identifier: Apache-2.0
/// The tuning stage's settings; defaults are the paper's (section 4.1 and the reference code).
#pragma once

#include "examples/config.hpp"

#include <cstdint>
#include <filesystem>

namespace lightreasoner::finetune {

struct OptimizerConfig {
  double learning_rate = 5e-5;  ///< at iteration 0, decays linearly to 0
  double max_gradient_norm = 1.0;
  double weight_decay = 0.0;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-8;
};

struct CheckpointConfig {
  std::uint64_t interval = 50;  ///< iterations between checkpoints
  std::uint64_t kept = 2;       ///< newest ones
};

struct Config {
  std::uint64_t iterations = 1000;          ///< optimizer updates
  std::uint64_t micro_batch = 8;            ///< samples of one forward and backward pass
  std::uint64_t gradient_accumulation = 2;  ///< micro-batches of an update, over all ranks
  OptimizerConfig optimizer = {};
  bool activation_checkpointing = false;  ///< layers are run twice: less memory, the same bits
  std::filesystem::path order_file = {};  ///< sample order, one index a line; empty: shuffled
  CheckpointConfig checkpoints = {};
  examples::TuningMethod method;
};

}  // namespace lightreasoner::finetune
