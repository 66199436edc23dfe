// SPDX-License-Identifier: Apache-2.0
/// The stage from held-out problems to scores.
#pragma once

#include "model/decoder.hpp"
#include "problems/problem.hpp"
#include "run/names.hpp"
#include "stages/stage.hpp"
#include "text/tokenizer.hpp"

#include <cstdint>
#include <vector>

namespace lightreasoner::stages {

/// What an evaluation takes.
struct EvaluateInputs {
  model::Decoder& expert;
  const text::Tokenizer& tokenizer;
  const std::vector<problems::Problem>& problems;  ///< held out
  std::int64_t longest_prompt = 0;                 ///< of them, in tokens
};

/// The expert as it came, or with its adapter.
[[nodiscard]] Stage evaluate_stage(run::TuningSide side, const EvaluateInputs& inputs);

}  // namespace lightreasoner::stages
