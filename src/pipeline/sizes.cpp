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

using planning::ComputesOn;
using planning::format_bytes;
using planning::MemoryLines;

/// What a rank of the stage holds beside the weights where it computes.
MemoryLines held_lines(const stages::Stage& stage, const config::RunConfig& settings,
                       const Budget& budget) {
  return planning::lines_where(budget.computes_on,
                               stage.memory.plan(settings, budget.computes_on).lines);
}

bool exceeds_setting(const MemoryLines& lines, const config::RunConfig& settings) {
  const double most = settings.run.memory_gib * planning::bytes_of_gib;
  return most > 0 && static_cast<double>(planning::total_bytes(lines)) > most;
}

bool exceeds_device(const MemoryLines& lines, const Budget& budget) {
  return budget.computes_on == ComputesOn::device &&
         planning::total_bytes(budget.weights) + planning::total_bytes(lines) > budget.device_bytes;
}

/// "most of it is "activations" (2 GiB): change finetune.micro_batch"
std::string advice(const MemoryLines& lines) {
  const planning::MemoryLine& line = planning::largest_line(lines);
  return fmt::format("most of it is \"{}\" ({}): change {}", line.what, format_bytes(line.bytes),
                     line.key);
}

void require_weights_fit(const Budget& budget) {
  if (!exceeds_device({}, budget)) return;
  std::string models;
  for (const planning::MemoryLine& line : budget.weights) {
    models +=
        fmt::format("{}{} {}", models.empty() ? "" : ", ", line.what, format_bytes(line.bytes));
  }
  throw support::UserError(fmt::format(
      "the models do not fit: {} on each rank's device, and a rank may fill {} of one; choose "
      "smaller models, set models.dtype = \"bfloat16\", start fewer ranks on a device, or ask for "
      "devices with more memory",
      models, format_bytes(budget.device_bytes)));
}

}  // namespace

Budget make_budget(const std::vector<stages::Stage>& stages, const inputs::Models& models,
                   std::uint64_t device_bytes) {
  const auto any_needs = [&](bool inputs::NeededWeights::*model) {
    return std::any_of(stages.begin(), stages.end(),
                       [&](const stages::Stage& stage) { return stage.weights.*model; });
  };
  Budget budget;
  const auto add = [&](const char* what, const model::Decoder& decoder) {
    budget.weights.push_back(
        {what, model::weight_bytes(decoder), "models.dtype", planning::Memory::both});
  };
  if (any_needs(&inputs::NeededWeights::expert)) add("expert's weights", models.expert);
  if (any_needs(&inputs::NeededWeights::amateur)) add("amateur's weights", models.amateur);
  if (device_bytes > 0) {
    constexpr std::uint64_t part_left = 10;
    budget.computes_on = ComputesOn::device;
    budget.device_bytes = device_bytes - device_bytes / part_left;
  }
  return budget;
}

config::RunConfig choose_sizes(const std::vector<stages::Stage>& stages, config::RunConfig settings,
                               const Budget& budget, const config::RunConfig* begun_with) {
  const std::vector<std::string> keys = config::automatic_keys(settings);
  if (keys.empty()) {
    return settings;
  }
  if (settings.run.memory_gib == 0 && budget.computes_on == ComputesOn::cpu &&
      begun_with == nullptr) {
    throw support::UserError(fmt::format(
        "{} = \"auto\" is chosen from a budget, and there is none: set run.memory_gib to what a "
        "rank may hold beside the weights, in GiB",
        keys.front()));
  }
  for (const stages::Stage& stage : stages) {
    if (!stage.memory.choose_sizes) continue;
    // Stages of one job share its keys.
    const auto fits = [&](const config::RunConfig& trial) {
      return std::none_of(stages.begin(), stages.end(), [&](const stages::Stage& other) {
        if (other.job != stage.job) return false;
        const MemoryLines lines = held_lines(other, trial, budget);
        return exceeds_setting(lines, trial) || exceeds_device(lines, budget);
      });
    };
    stage.memory.choose_sizes(settings, {.fits = fits, .begun_with = begun_with});
  }
  return settings;
}

void require_within_budget(const std::vector<stages::Stage>& stages,
                           const config::RunConfig& settings, const Budget& budget) {
  require_weights_fit(budget);
  for (const stages::Stage& stage : stages) {
    const MemoryLines lines = held_lines(stage, settings, budget);
    const std::string needs = fmt::format("stage {} needs {} a rank beside the weights", stage.name,
                                          format_bytes(planning::total_bytes(lines)));
    if (exceeds_setting(lines, settings)) {
      throw support::UserError(
          fmt::format("{}, more than run.memory_gib = {} allows; {}, or raise run.memory_gib",
                      needs, settings.run.memory_gib, advice(lines)));
    }
    if (exceeds_device(lines, budget)) {
      throw support::UserError(fmt::format(
          "{}, which are {}, more than the {} of its device that it may fill; {}, start fewer "
          "ranks on a device, or ask for devices with more memory",
          needs, format_bytes(planning::total_bytes(budget.weights)),
          format_bytes(budget.device_bytes), advice(lines)));
    }
  }
}

void require_free_memory(const std::vector<stages::Stage>& stages,
                         const config::RunConfig& settings, const Budget& budget,
                         std::uint64_t free_bytes) {
  for (const stages::Stage& stage : stages) {
    const std::uint64_t needed = planning::total_bytes(budget.weights) +
                                 planning::total_bytes(held_lines(stage, settings, budget));
    if (needed > free_bytes) {
      throw support::UserError(fmt::format(
          "stage {} needs {} of this rank's device, weights and all, and {} of it are free: "
          "another program holds the rest; wait for it, or run on another device",
          stage.name, format_bytes(needed), format_bytes(free_bytes)));
    }
  }
}

std::string describe_shortage(const stages::Stage& stage, const config::RunConfig& settings,
                              const Budget& budget) {
  const MemoryLines lines = stage.memory.plan(settings, budget.computes_on).lines;
  return fmt::format(
      "out of memory in stage {}: its plan is {} a rank beside {} of weights {}, {}, or start "
      "fewer ranks on a node; `lightreasoner {}` shows the whole plan",
      stage.name, format_bytes(planning::total_bytes(lines)),
      format_bytes(planning::total_bytes(budget.weights)),
      budget.computes_on == ComputesOn::cpu ? "a node" : "on each device", advice(lines),
      run::word_of(run::Job::preflight));
}

}  // namespace lightreasoner::pipeline
