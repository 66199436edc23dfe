// SPDX-License-Identifier: Apache-2.0
/// Stages 1 and 4: held-out problems to scores.
#pragma once

#include "stages/stage.hpp"

namespace lightreasoner::stages {

/// On which side of tuning the expert is scored.
enum class Tuning { before, after };

/// The expert as it came, or with its adapter.
[[nodiscard]] Stage evaluate_stage(Tuning side);

}  // namespace lightreasoner::stages
