// SPDX-License-Identifier: Apache-2.0
/// Stage 2: problems to records.
#pragma once

#include "stages/stage.hpp"

namespace lightreasoner::stages {

/// Expert and amateur are contrasted at every step of the expert's answers.
[[nodiscard]] Stage sample_stage();

}  // namespace lightreasoner::stages
