// SPDX-License-Identifier: Apache-2.0
/// Stages 1 and 4: held-out problems to scores.
#pragma once

#include "run/names.hpp"
#include "stages/stage.hpp"

namespace lightreasoner::stages {

/// The expert as it came, or with its adapter.
[[nodiscard]] Stage evaluate_stage(run::Tuning side);

}  // namespace lightreasoner::stages
