// SPDX-License-Identifier: Apache-2.0
/// How long prompts get, checked against the positions of the models that read them.
#pragma once

#include "config/run_config.hpp"
#include "inputs/problem_sets.hpp"
#include "inputs/texts.hpp"

#include <cstdint>

namespace lightreasoner::inputs {

/// Longest prompts in tokens, of the problems that are not too long.
struct PromptLengths {
  std::int64_t expert = 0;   ///< of the problems to sample, as the expert reads them; 0: none
  std::int64_t amateur = 0;  ///< as the amateur does
  std::int64_t test = 0;     ///< of the held-out problems
};

/// Positions that each model has.
struct Positions {
  std::int64_t expert = 0;
  std::int64_t amateur = 0;
};

/// Encodes every prompt. Of problems whose prompt and longest answer exceed the positions of a
/// model that reads them, those to sample are taken out of their set and those held out are
/// counted, where the set's `too_long` allows it. Throws UserError naming the first that is not
/// allowed, and where the chat form is not the expert's. Not collective.
[[nodiscard]] PromptLengths measure_prompts(const config::RunConfig& config, const Texts& texts,
                                            ProblemSets& sets, Positions positions);

}  // namespace lightreasoner::inputs
