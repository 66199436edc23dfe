// SPDX-License-Identifier: Apache-2.0
#include "model/rotary.hpp"

#include <ATen/ATen.h>
#include <numbers>

namespace lightreasoner::model {

at::Tensor rotary_frequencies(const weights::RotaryConfig& config, std::int64_t head_dim) {
  // The same fp32 operations as transformers, so that angles are equal to the bit.
  const at::Tensor exponents = at::arange(0, head_dim, 2, at::kFloat) / head_dim;
  at::Tensor frequencies = at::reciprocal(at::pow(config.theta, exponents));
  if (!config.llama3) {
    return frequencies;
  }
  const weights::Llama3Scaling& scaling = *config.llama3;
  const auto original = static_cast<double>(scaling.original_positions);
  const double longest = original / scaling.low_freq_factor;
  const double shortest = original / scaling.high_freq_factor;
  const at::Tensor wavelengths = at::reciprocal(frequencies) * (2 * std::numbers::pi);
  const at::Tensor stretched =
      at::where(wavelengths > longest, frequencies / scaling.factor, frequencies);
  const at::Tensor share = (at::reciprocal(wavelengths) * original - scaling.low_freq_factor) /
                           (scaling.high_freq_factor - scaling.low_freq_factor);
  const at::Tensor blended = (1 - share) * stretched / scaling.factor + share * stretched;
  const at::Tensor is_between = (wavelengths <= longest).logical_and(wavelengths >= shortest);
  return at::where(is_between, blended, stretched);
}

}  // namespace lightreasoner::model
