// SPDX-License-Identifier: Apache-2.0
/// AdamW (Loshchilov and Hutter, arXiv 1711.05101) on one flat parameter vector.
#pragma once

#include "finetune/config.hpp"

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

namespace lightreasoner::finetune {

struct OptimizerState {
  std::vector<float> first_moment;   ///< [num_parameters]
  std::vector<float> second_moment;  ///< [num_parameters]
  std::uint64_t updates = 0;

  static constexpr std::tuple shared{&OptimizerState::first_moment, &OptimizerState::second_moment,
                                     &OptimizerState::updates};
};

/// Scales `gradient` in place to at most `max_norm` as torch.nn.utils.clip_grad_norm_ does and
/// returns its norm before.
double clip_gradient(std::span<double> gradient, double max_norm);

/// learning_rate * (iterations - iteration) / iterations.
[[nodiscard]] double learning_rate_at(const Config& config, std::uint64_t iteration);

/// One update of `parameters` in place, torch.optim.AdamW's order of operations.
void adamw_update(std::span<float> parameters, std::span<const double> gradient,
                  OptimizerState& state, const OptimizerConfig& config, double learning_rate);

}  // namespace lightreasoner::finetune
