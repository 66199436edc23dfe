// SPDX-License-Identifier: Apache-2.0
/// Rotary positions: what config.json says of them, and the frequencies that follow.
#pragma once

#include "support/json.hpp"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <optional>

namespace lightreasoner::model {

/// Llama 3.1's stretching of long wavelengths ("rope_type": "llama3").
struct Llama3Scaling {
  double factor = 1;
  double low_freq_factor = 1;
  double high_freq_factor = 4;
  std::int64_t original_positions = 0;
};

struct RotaryConfig {
  double theta = 10000.0;
  std::optional<Llama3Scaling> llama3;
};

/// Reads rope_theta with rope_scaling (transformers 4) or rope_parameters (5) of config.json.
/// `max_positions` stands in for an original_max_position_embeddings that is not given. Throws
/// UserError naming file and key; other kinds of scaling are refused by name.
[[nodiscard]] RotaryConfig read_rotary(const support::JsonSection& config,
                                       std::int64_t max_positions);

/// theta^(-2 i / head_dim), stretched where scaling says so: [head_dim / 2] radians a position,
/// fp32. With wavelength l, L original positions and low, high, factor of Llama3Scaling:
///   l > L / low: f / factor;  l < L / high: f;  between: (1 - s) f / factor + s f,
///   s = (L / l - low) / (high - low).
[[nodiscard]] at::Tensor rotary_frequencies(const RotaryConfig& config, std::int64_t head_dim);

}  // namespace lightreasoner::model
