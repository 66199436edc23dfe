// SPDX-License-Identifier: Apache-2.0
/// The stage from expert and adapter to one Hugging Face folder.
#pragma once

#include "inputs/facts.hpp"
#include "model/decoder.hpp"
#include "problems/problem.hpp"
#include "stages/stage.hpp"
#include "text/tokenizer.hpp"

#include <cstdint>
#include <vector>

namespace lightreasoner::stages {

/// What merging takes.
struct MergeInputs {
  model::Decoder& expert;
  const text::Tokenizer& tokenizer;
  const std::vector<problems::Problem>& problems;  ///< held out: the first few are the probe
  std::int64_t longest_prompt = 0;                 ///< of them, in tokens
  const inputs::Facts& facts;
};

/// One rank's work: one pass over the weights, and files that are written once.
[[nodiscard]] Stage merge_stage(const MergeInputs& inputs);

}  // namespace lightreasoner::stages
