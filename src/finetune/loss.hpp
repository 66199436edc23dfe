// SPDX-License-Identifier: Apache-2.0
/// The soft-label loss of one micro-batch and its gradient.
#pragma once

#include "examples/example.hpp"
#include "lora/adapter.hpp"
#include "model/memory.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace lightreasoner::finetune {

/// What the loss looks at, where the defaults are the paper's, and how its gradient is made.
struct LossRules {
  std::int64_t label_width = 0;    ///< first tokens of the head that the softmax covers, 0: all
  bool at_padded_place = false;    ///< the micro-batch's last place, not a prefix's last token
  std::int32_t pad_id = 0;         ///< what shorter prefixes are padded with
  bool recomputes_layers = false;  ///< activations are dropped and computed again: the same bits
};

struct MicroBatchGradient {
  double loss = 0;              ///< sum over the samples of KL(w || pi_theta)
  std::vector<float> gradient;  ///< of that sum, [num_parameters], lora::parameters order
};

/// Runs the prefixes of `examples` (indices into `set`), right-padded, and backpropagates
/// sum_i KL(w_i || pi_theta(. | s_i)) (paper, section 3.2). The head is applied to one position of
/// each row only, its true last one unless `rules` say otherwise. Clears
/// the gradients of the adapter's tensors, before and after. A dropout context of `tuned` must name
/// the same samples in the same order; without one the pass is deterministic in the weights.
[[nodiscard]] MicroBatchGradient micro_batch_gradient(lora::AttachedAdapter& tuned,
                                                      const examples::ExampleSet& set,
                                                      std::span<const std::uint64_t> examples,
                                                      const LossRules& rules = {});

/// Bytes of a MicroBatchGradient's gradient.
[[nodiscard]] inline std::uint64_t gradient_bytes(std::uint64_t num_parameters) {
  return num_parameters * sizeof(decltype(MicroBatchGradient::gradient)::value_type);
}

/// What micro_batch_gradient holds of the head: the chosen positions' logits, their log softmax and
/// the gradients of both.
[[nodiscard]] std::uint64_t loss_bytes(const model::ModelSize& model, std::int64_t rows);

/// What it keeps of one token where it recomputes layers: what each of them starts from.
[[nodiscard]] std::uint64_t recomputing_bytes_of_token(const model::ModelSize& model);

}  // namespace lightreasoner::finetune
