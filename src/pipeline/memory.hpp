// SPDX-License-Identifier: Apache-2.0
/// A job's memory on purpose: what each stage is going to hold, against run.memory_gib.
#pragma once

#include "pipeline/inputs.hpp"
#include "planning/memory_plan.hpp"

#include <string>
#include <vector>

namespace lightreasoner::pipeline {

struct StagePlan {
  std::string stage;            ///< "evaluate", "sample", "finetune", "merge"
  planning::MemoryLines lines;  ///< held by each rank beside the weights; by one, where it merges
};

/// What the ranks of a node hold together, in every stage.
[[nodiscard]] planning::MemoryLines plan_weights(const Inputs& inputs);

/// What each stage that this configuration has is going to hold.
[[nodiscard]] std::vector<StagePlan> plan_stages(const Inputs& inputs);

/// Puts numbers for the sizes that are "auto": the largest that fit run.memory_gib. A function of
/// configuration, models and problems alone, since results depend on these numbers. Throws
/// UserError where there is no budget to choose from.
void choose_sizes(Inputs& inputs);

/// Throws UserError for the first stage that exceeds run.memory_gib, naming its largest line and
/// the key to change.
void require_within_budget(const config::RunConfig& config, const std::vector<StagePlan>& plans);

/// What an allocation that failed in `stage` tells the user: the plan's largest line and its key.
[[nodiscard]] std::string describe_shortage(const Inputs& inputs, const std::string& stage);

}  // namespace lightreasoner::pipeline
