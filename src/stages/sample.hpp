// SPDX-License-Identifier: Apache-2.0
/// The stage from problems to records.
#pragma once

#include "inputs/inputs.hpp"
#include "inputs/problem_sets.hpp"
#include "inputs/prompt_lengths.hpp"
#include "inputs/texts.hpp"
#include "stages/stage.hpp"

namespace lightreasoner::stages {

/// What sampling takes.
struct SampleInputs {
  inputs::Models& models;
  const inputs::Texts& texts;
  const inputs::ProblemSets& problems;
  inputs::PromptLengths prompts;
};

/// Expert and amateur are contrasted at every step of the expert's answers.
[[nodiscard]] Stage sample_stage(const SampleInputs& inputs);

}  // namespace lightreasoner::stages
