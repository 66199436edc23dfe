// SPDX-License-Identifier: Apache-2.0
#include "evaluation/memory.hpp"

#include <algorithm>

namespace lightreasoner::evaluation {

planning::MemoryLines plan_memory(const Config& config, const model::ModelSize& model,
                                  std::int64_t longest_prompt, std::int64_t num_problems) {
  const std::int64_t rows =
      std::min(static_cast<std::int64_t>(config.problems_per_unit), num_problems);
  const model::BatchSize batch{rows, longest_prompt, config.max_new_tokens};
  const char* const unit = "evaluation.problems_per_unit";
  return {
      {"KV cache", model::kv_cache_bytes(model, batch), unit},
      {"next-token logits", model::next_logit_bytes(model, rows, false), unit},
      {"activations", model::pass_bytes(model, batch), unit},
      model::blas_line(model.computes_on),
  };
}

}  // namespace lightreasoner::evaluation
