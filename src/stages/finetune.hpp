// SPDX-License-Identifier: Apache-2.0
/// The stage from records to an adapter.
#pragma once

#include "inputs/texts.hpp"
#include "inputs/tuning_inputs.hpp"
#include "model/decoder.hpp"
#include "stages/stage.hpp"

#include <cstdint>

namespace lightreasoner::stages {

/// What tuning takes.
struct FinetuneInputs {
  model::Decoder& expert;
  const inputs::Texts& texts;
  const inputs::TuningInputs& given;
  std::uint64_t num_problems = 0;   ///< that were sampled
  std::int64_t longest_prompt = 0;  ///< of them, in tokens
};

/// `samples`: the run samples its own records; else finished samples are given (samples.file).
[[nodiscard]] Stage finetune_stage(bool samples, const FinetuneInputs& inputs);

}  // namespace lightreasoner::stages
