// SPDX-License-Identifier: Apache-2.0
#include "pipeline/sizes.hpp"

#include "config/keys.hpp"
#include "model/memory.hpp"
#include "run/names.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace lightreasoner::pipeline {
namespace {

constexpr double bytes_of_gib = 1024.0 * 1024.0 * 1024.0;

bool exceeds(const stages::StageMemory& memory, const config::RunConfig& settings) {
  const double budget = settings.run.memory_gib * bytes_of_gib;
  return budget > 0 && static_cast<double>(planning::total_bytes(memory.lines)) > budget;
}

}  // namespace

planning::MemoryLines plan_weights(const std::vector<stages::Stage>& stages,
                                   const inputs::Models& models) {
  const auto any_needs = [&](bool inputs::NeededWeights::*model) {
    return std::any_of(stages.begin(), stages.end(),
                       [&](const stages::Stage& stage) { return stage.weights.*model; });
  };
  planning::MemoryLines lines;
  if (any_needs(&inputs::NeededWeights::expert)) {
    lines.push_back({"expert's weights", model::weight_bytes(models.expert), "models.dtype"});
  }
  if (any_needs(&inputs::NeededWeights::amateur)) {
    lines.push_back({"amateur's weights", model::weight_bytes(models.amateur), "models.dtype"});
  }
  return lines;
}

config::RunConfig choose_sizes(const std::vector<stages::Stage>& stages,
                               config::RunConfig settings) {
  const std::vector<std::string> keys = config::automatic_keys(settings);
  if (keys.empty()) {
    return settings;
  }
  if (settings.run.memory_gib == 0) {
    throw support::UserError(fmt::format(
        "{} = \"auto\" is chosen from a budget, and there is none: set run.memory_gib to what a "
        "rank may hold beside the weights, in GiB",
        keys.front()));
  }
  for (const stages::Stage& stage : stages) {
    if (stage.memory.choose_sizes) {
      // Stages of one job share its keys.
      stage.memory.choose_sizes(settings, [&](const config::RunConfig& trial) {
        return std::none_of(stages.begin(), stages.end(), [&](const stages::Stage& other) {
          return other.job == stage.job && exceeds(other.memory.plan(trial), trial);
        });
      });
    }
  }
  return settings;
}

void require_within_budget(const std::vector<stages::Stage>& stages,
                           const config::RunConfig& settings) {
  for (const stages::Stage& stage : stages) {
    const stages::StageMemory memory = stage.memory.plan(settings);
    if (exceeds(memory, settings)) {
      const planning::MemoryLine& line = planning::largest_line(memory.lines);
      throw support::UserError(fmt::format(
          "stage {} needs {} a rank beside the weights, more than run.memory_gib = {} allows; most "
          "of it is \"{}\" ({}): change {}, or raise run.memory_gib",
          stage.name, planning::format_bytes(planning::total_bytes(memory.lines)),
          settings.run.memory_gib, line.what, planning::format_bytes(line.bytes), line.key));
    }
  }
}

std::string describe_shortage(const stages::Stage& stage, const config::RunConfig& settings,
                              const planning::MemoryLines& weights) {
  const stages::StageMemory plan = stage.memory.plan(settings);
  const planning::MemoryLine& line = planning::largest_line(plan.lines);
  return fmt::format(
      "out of memory in stage {}: its plan is {} a rank beside {} of weights a node, most of it "
      "\"{}\" ({}): change {}, or start fewer ranks on a node; `lightreasoner {}` shows the whole "
      "plan",
      stage.name, planning::format_bytes(planning::total_bytes(plan.lines)),
      planning::format_bytes(planning::total_bytes(weights)), line.what,
      planning::format_bytes(line.bytes), line.key, run::word_of(run::Job::preflight));
}

}  // namespace lightreasoner::pipeline
