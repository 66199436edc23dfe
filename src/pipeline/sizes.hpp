// SPDX-License-Identifier: Apache-2.0
/// What a run is going to hold in memory, against what it may: the stages' plans added up, and the
/// sizes that are "auto" chosen to fit.
#pragma once

#include "config/run_config.hpp"
#include "inputs/inputs.hpp"
#include "planning/memory_plan.hpp"
#include "stages/stage.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lightreasoner::pipeline {

/// What plans are held against, beside run.memory_gib.
struct Budget {
  /// Of all models that any stage needs: held once a node, and by each rank on its device.
  planning::MemoryLines weights{};
  planning::ComputesOn computes_on = planning::ComputesOn::cpu;
  /// Of a device's memory, what a rank's plan may fill, weights and all.
  std::uint64_t device_bytes = 0;
};
/// `device_bytes` is placement::Place's. A tenth of it is left to the vendor's runtime and BLAS
/// and to what allocators lose.
[[nodiscard]] Budget make_budget(const std::vector<stages::Stage>& stages,
                                 const inputs::Models& models, std::uint64_t device_bytes);

/// `settings` with numbers for the sizes that are "auto": those that the run was begun with, where
/// `begun_with` is given; else the largest that fit run.memory_gib and the device. A function of
/// configuration, models, problems and the device's memory alone, since results depend on these
/// numbers. Throws UserError where there is nothing to choose from.
[[nodiscard]] config::RunConfig choose_sizes(const std::vector<stages::Stage>& stages,
                                             config::RunConfig settings, const Budget& budget,
                                             const config::RunConfig* begun_with);

/// Throws UserError for the first stage that exceeds run.memory_gib or the device, naming its
/// largest line and the key to change, and for weights that a device cannot hold.
void require_within_budget(const std::vector<stages::Stage>& stages,
                           const config::RunConfig& settings, const Budget& budget);

/// Throws UserError where less of the device is free now than the largest stage is going to take:
/// others hold the rest. `free_bytes` is device::MemoryFigures'.
void require_free_memory(const std::vector<stages::Stage>& stages,
                         const config::RunConfig& settings, const Budget& budget,
                         std::uint64_t free_bytes);

/// What an allocation that failed in a stage tells the user: the plan's largest line and its key.
[[nodiscard]] std::string describe_shortage(const stages::Stage& stage,
                                            const config::RunConfig& settings,
                                            const Budget& budget);

}  // namespace lightreasoner::pipeline
