// SPDX-License-Identifier: Apache-2.0
#include "finetune/optimizer.hpp"

#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <cmath>

namespace lightreasoner::finetune {

double clip_gradient(std::span<double> gradient, double max_norm) {
  double sum_of_squares = 0;
  for (const double value : gradient) {
    sum_of_squares += value * value;
  }
  const double norm = std::sqrt(sum_of_squares);
  constexpr double epsilon = 1e-6;  // torch.nn.utils.clip_grad_norm_'s
  const double factor = std::min(1.0, max_norm / (norm + epsilon));
  for (double& value : gradient) {
    value *= factor;
  }
  return norm;
}

double learning_rate_at(const Config& config, std::uint64_t iteration) {
  support::require(iteration <= config.iterations, "learning rate asked for after the last update");
  return config.optimizer.learning_rate * (static_cast<double>(config.iterations - iteration) /
                                           static_cast<double>(config.iterations));
}

void adamw_update(OptimizerState& state, const at::Tensor& gradient, const OptimizerConfig& config,
                  double learning_rate) {
  support::require(gradient.sizes() == state.parameters.sizes(),
                   "parameters and gradient differ in length");
  const at::NoGradGuard no_gradients;
  ++state.updates;
  const auto updates = static_cast<double>(state.updates);
  // Scalars in double, tensors in float, as in torch's single-tensor implementation.
  const double bias_correction1 = 1.0 - std::pow(config.adam_beta1, updates);
  const double bias_correction2 = 1.0 - std::pow(config.adam_beta2, updates);
  auto& [parameters, first, second, count] = state;
  parameters.mul_(1.0 - learning_rate * config.weight_decay);
  first.add_((gradient - first).mul_(1.0 - config.adam_beta1));
  second.mul_(config.adam_beta2).add_((gradient * (1.0 - config.adam_beta2)).mul_(gradient));
  // By way of double, from which fp32's root comes correctly rounded: MKL's is now and then not.
  const at::Tensor root = second.to(at::kDouble).sqrt_().to(at::kFloat);
  const at::Tensor denominator = root.div(std::sqrt(bias_correction2)).add_(config.adam_epsilon);
  parameters.sub_((first * (learning_rate / bias_correction1)).div_(denominator));
}

}  // namespace lightreasoner::finetune
