// SPDX-License-Identifier: Apache-2.0
/// The table of stages, in the order they are done.
#pragma once

#include "config/run_config.hpp"
#include "inputs/inputs.hpp"
#include "run/names.hpp"
#include "stages/stage.hpp"

#include <string>
#include <vector>

namespace lightreasoner::stages {

/// The stages of a run with this configuration: each row takes of the inputs what its stage works
/// on, and refers to them; weights may come into the models later. samples.file stands in for
/// sampling.
[[nodiscard]] std::vector<Stage> stages_of(const config::RunConfig& config, inputs::Inputs& inputs);

/// Why a run with this configuration has no stage of `job`. Empty where it may have one.
[[nodiscard]] std::string why_left_out(const config::RunConfig& config, run::Job job);

}  // namespace lightreasoner::stages
