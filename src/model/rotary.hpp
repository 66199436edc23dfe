// SPDX-License-Identifier: Apache-2.0
/// The frequencies of rotary positions.
#pragma once

#include "weights/decoder_config.hpp"

#include <ATen/core/Tensor.h>
#include <cstdint>

namespace lightreasoner::model {

/// theta^(-2 i / head_dim), stretched where scaling says so: [head_dim / 2] radians a position,
/// fp32. With wavelength l, L original positions and low, high, factor of weights::Llama3Scaling:
///   l > L / low: f / factor;  l < L / high: f;  between: (1 - s) f / factor + s f,
///   s = (L / l - low) / (high - low).
[[nodiscard]] at::Tensor rotary_frequencies(const weights::RotaryConfig& config,
                                            std::int64_t head_dim);

}  // namespace lightreasoner::model
