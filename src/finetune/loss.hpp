// SPDX-License-Identifier: Apache-2.0
/// The soft-label loss of one micro-batch and its gradient.
#pragma once

#include "finetune/example.hpp"
#include "lora/adapter.hpp"
#include "model/decoder.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace lightreasoner::finetune {

struct UnitResult {
  double loss = 0;              ///< sum over the unit's samples of KL(w || pi_theta)
  std::vector<float> gradient;  ///< of that sum, [num_parameters], lora::parameters order
};

/// Runs the prefixes of `examples` (indices into `set`), right-padded, and backpropagates
/// sum_i KL(w_i || pi_theta(. | s_i)) (paper, section 3.2). The head is applied to each row's true
/// last position only. The adapter must be attached to `decoder`; a dropout context it holds must
/// name the same samples in the same order, without one the pass is deterministic in the weights.
[[nodiscard]] UnitResult unit_gradient(const model::Decoder& decoder,
                                       const lora::LoraAdapter& adapter, const ExampleSet& set,
                                       std::span<const std::uint64_t> examples);

}  // namespace lightreasoner::finetune
