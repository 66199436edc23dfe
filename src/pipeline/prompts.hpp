// SPDX-License-Identifier: Apache-2.0
/// The prompts of a job: how problems are put to the models, and how long that gets.
#pragma once

#include "config/run_config.hpp"
#include "text/prompt.hpp"

#include <cstdint>

namespace lightreasoner::pipeline {

struct Inputs;

/// Longest prompts in tokens.
struct PromptLengths {
  std::int64_t expert = 0;   ///< of the problems to sample, as the expert reads them
  std::int64_t amateur = 0;  ///< as the amateur does
  std::int64_t test = 0;     ///< of the held-out problems
};

/// The released Python tokenises rendered chat text as if it were plain, so that a tokenizer which
/// begins texts with a special token does it here a second time.
[[nodiscard]] text::PromptFormat sampling_prompt(const config::RunConfig& config);

/// Encodes every prompt. Throws UserError where the chat form is not the expert's, and naming the
/// first problem whose prompt and longest answer exceed the positions of the model that reads them.
/// @pre problems, tokenizers and models are read.
[[nodiscard]] PromptLengths measure_prompts(const Inputs& inputs);

}  // namespace lightreasoner::pipeline
