// SPDX-License-Identifier: Apache-2.0
/// The table of stages, in the order they are done.
#pragma once

#include "config/run_config.hpp"
#include "stages/stage.hpp"

#include <vector>

namespace lightreasoner::stages {

/// The stages of a run with this configuration. samples.file stands in for sampling.
[[nodiscard]] std::vector<Stage> stages_of(const config::RunConfig& config);

}  // namespace lightreasoner::stages
