// SPDX-License-Identifier: Apache-2.0
/// AdamW (Loshchilov and Hutter, arXiv 1711.05101) on one flat parameter vector, where the adapter
/// is.
#pragma once

#include "finetune/config.hpp"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <span>

namespace lightreasoner::finetune {

/// What an update changes.
struct OptimizerState {
  at::Tensor parameters;     // [num_parameters] fp32
  at::Tensor first_moment;   // [num_parameters] fp32
  at::Tensor second_moment;  // [num_parameters] fp32
  std::uint64_t updates = 0;
};

/// Scales `gradient` in place to at most `max_norm` as torch.nn.utils.clip_grad_norm_ does and
/// returns its norm before.
double clip_gradient(std::span<double> gradient, double max_norm);

/// learning_rate * (iterations - iteration) / iterations.
[[nodiscard]] double learning_rate_at(const Config& config, std::uint64_t iteration);

/// One update by `gradient`, [num_parameters] fp32 on the state's device: torch.optim.AdamW's order
/// of operations, each rounded by itself.
void adamw_update(OptimizerState& state, const at::Tensor& gradient, const OptimizerConfig& config,
                  double learning_rate);

/// Bytes of what an update makes on its way, the gradient among it.
[[nodiscard]] inline std::uint64_t update_bytes(std::uint64_t num_parameters) {
  return num_parameters * (4 * sizeof(float) + sizeof(double));
}

}  // namespace lightreasoner::finetune
