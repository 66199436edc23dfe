// SPDX-License-Identifier: Apache-2.0
/// What a run is going to hold in memory, against what it may: the stages' plans added up, and the
/// sizes that are "auto" chosen to fit.
#pragma once

#include "config/run_config.hpp"
#include "inputs/inputs.hpp"
#include "planning/memory_plan.hpp"
#include "stages/stage.hpp"

#include <string>
#include <vector>

namespace lightreasoner::pipeline {

/// What the ranks of a node hold together: the weights of all models that any of `stages` needs.
[[nodiscard]] planning::MemoryLines plan_weights(const std::vector<stages::Stage>& stages,
                                                 const inputs::Models& models);

/// `settings` with numbers for the sizes that are "auto": the largest that fit run.memory_gib. A
/// function of configuration, models and problems alone, since results depend on these numbers.
/// Throws UserError where there is no budget to choose from.
[[nodiscard]] config::RunConfig choose_sizes(const std::vector<stages::Stage>& stages,
                                             config::RunConfig settings);

/// Throws UserError for the first stage that exceeds run.memory_gib, naming its largest line and
/// the key to change.
void require_within_budget(const std::vector<stages::Stage>& stages,
                           const config::RunConfig& settings);

/// What an allocation that failed in a stage tells the user: the plan's largest line and its key.
/// `weights` is plan_weights.
[[nodiscard]] std::string describe_shortage(const stages::Stage& stage,
                                            const config::RunConfig& settings,
                                            const planning::MemoryLines& weights);

}  // namespace lightreasoner::pipeline
