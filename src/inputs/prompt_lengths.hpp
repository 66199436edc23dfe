// SPDX-License-Identifier: Apache-2.0
/// How long prompts get, checked against the positions of the models that read them.
#pragma once

#include "config/run_config.hpp"
#include "inputs/problem_sets.hpp"
#include "inputs/texts.hpp"

#include <cstdint>

namespace lightreasoner::inputs {

/// Longest prompts in tokens.
struct PromptLengths {
  std::int64_t expert = 0;   ///< of the problems to sample, as the expert reads them
  std::int64_t amateur = 0;  ///< as the amateur does
  std::int64_t test = 0;     ///< of the held-out problems
};

/// Positions that each model has.
struct Positions {
  std::int64_t expert = 0;
  std::int64_t amateur = 0;
};

/// Encodes every prompt. Throws UserError where the chat form is not the expert's, and naming the
/// first problem whose prompt and longest answer exceed the positions of the model that reads them.
/// Not collective.
[[nodiscard]] PromptLengths measure_prompts(const config::RunConfig& config, const Texts& texts,
                                            const ProblemSets& sets, Positions positions);

}  // namespace lightreasoner::inputs
