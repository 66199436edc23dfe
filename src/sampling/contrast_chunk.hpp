// SPDX-License-Identifier: Apache-2.0
/// From both models' logits over their own heads to contrasts over the tokens they share.
#pragma once

#include "contrast/step_contrasts.hpp"
#include "sampling/config.hpp"
#include "text/shared_vocabulary.hpp"

#include <ATen/core/Tensor.h>
#include <cstdint>

namespace lightreasoner::sampling {

struct ContrastRules {
  const text::SharedVocabulary& shared;
  const SamplingMethod& method;
  at::ScalarType amateur_type;  ///< dtype of the amateur's weights
  float plausibility_floor = 0;
};

/// Contrasts of the rows of `expert` [rows, expert head] and `amateur` [rows, amateur head], raw
/// logits in fp32 or bf16. In the paper's settings both softmaxes run over the shared tokens alone,
/// and the probability that either head gives to other tokens is the step's lost mass. Ids in the
/// result are the expert's. Throws contrast::InvalidLogits.
[[nodiscard]] contrast::StepContrasts contrast_logits(const at::Tensor& expert,
                                                      const at::Tensor& amateur,
                                                      const ContrastRules& rules);

/// The heads of a pair by their widths.
struct HeadWidths {
  std::int64_t expert = 0;
  std::int64_t amateur = 0;
  std::int64_t num_shared = 0;     ///< tokens both have
  bool shared_are_leading = true;  ///< they are a view of either head's logits
};

/// How many fp32 values contrast_logits copies at each step, at most.
[[nodiscard]] std::int64_t copied_logits_of_step(const SamplingMethod& method,
                                                 const HeadWidths& heads);

}  // namespace lightreasoner::sampling
