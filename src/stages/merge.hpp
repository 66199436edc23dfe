// SPDX-License-Identifier: Apache-2.0
/// Stage 5: expert and adapter to one Hugging Face folder.
#pragma once

#include "stages/stage.hpp"

namespace lightreasoner::stages {

/// One rank's work: one pass over the weights, and files that are written once.
[[nodiscard]] Stage merge_stage();

}  // namespace lightreasoner::stages
