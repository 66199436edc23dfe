// SPDX-License-Identifier: Apache-2.0
#include "finetune/optimizer.hpp"

#include "support/errors.hpp"

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

void adamw_update(std::span<float> parameters, std::span<const double> gradient,
                  OptimizerState& state, const OptimizerConfig& config, double learning_rate) {
  support::require(parameters.size() == gradient.size() &&
                       state.first_moment.size() == gradient.size() &&
                       state.second_moment.size() == gradient.size(),
                   "parameters, gradient and optimizer state differ in length");
  ++state.updates;
  const auto updates = static_cast<double>(state.updates);
  // Scalars in double, tensors in float, as in torch's single-tensor implementation.
  const double bias_correction1 = 1.0 - std::pow(config.adam_beta1, updates);
  const double bias_correction2 = 1.0 - std::pow(config.adam_beta2, updates);
  const auto step_size = static_cast<float>(learning_rate / bias_correction1);
  const auto root_correction2 = static_cast<float>(std::sqrt(bias_correction2));
  const auto decay = static_cast<float>(1.0 - learning_rate * config.weight_decay);
  const auto beta2 = static_cast<float>(config.adam_beta2);
  const auto rest1 = static_cast<float>(1.0 - config.adam_beta1);
  const auto rest2 = static_cast<float>(1.0 - config.adam_beta2);
  const auto epsilon = static_cast<float>(config.adam_epsilon);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto slope = static_cast<float>(gradient[i]);
    float& first = state.first_moment[i];
    float& second = state.second_moment[i];
    parameters[i] *= decay;
    first += rest1 * (slope - first);
    second = second * beta2 + rest2 * slope * slope;
    const float denominator = std::sqrt(second) / root_correction2 + epsilon;
    parameters[i] -= step_size * first / denominator;
  }
}

}  // namespace lightreasoner::finetune
