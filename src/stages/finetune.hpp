// SPDX-License-Identifier: Apache-2.0
/// Stage 3: records to an adapter.
#pragma once

#include "stages/stage.hpp"

namespace lightreasoner::stages {

/// `samples`: the run samples its own records; else finished samples are given (samples.file).
[[nodiscard]] Stage finetune_stage(bool samples);

}  // namespace lightreasoner::stages
