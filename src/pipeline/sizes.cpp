// SPDX-License-Identifier: Apache-2.0
#include "pipeline/sizes.hpp"

#include "config/keys.hpp"
#include "model/memory.hpp"
#include "run/names.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

namespace lightreasoner::pipeline {
namespace {

constexpr double bytes_of_gib = 1024.0 * 1024.0 * 1024.0;
/// Larger batches than this decode no faster.
constexpr std::uint64_t largest_batch = 64;
/// Samples of a micro-batch that gradient_accumulation counts where the micro-batch is "auto".
const std::uint64_t usual_micro_batch = finetune::Config{}.micro_batch;

/// Whether a job's stages fit the budget with these settings.
using Fits = std::function<bool(const char* job, const config::RunConfig& settings)>;

/// The largest power of two up to `most` for which `fits` holds, else 1.
std::uint64_t largest_fitting(std::uint64_t most, const std::function<bool(std::uint64_t)>& fits) {
  std::uint64_t size = 1;
  while (2 * size <= most) {
    size *= 2;
  }
  while (size > 1 && !fits(size)) {
    size /= 2;
  }
  return size;
}

void choose_sampling(config::RunConfig& settings, const Fits& fits) {
  sampling::Config& config = settings.supervision.sampling;
  const bool chooses_steps = config::is_automatic(config.steps_per_chunk);
  if (chooses_steps) {
    config.steps_per_chunk = sampling::Config{}.steps_per_chunk;
  }
  if (config::is_automatic(config.problems_per_unit)) {
    config.problems_per_unit = largest_fitting(largest_batch, [&](std::uint64_t size) {
      config::RunConfig trial = settings;
      trial.supervision.sampling.problems_per_unit = size;
      return fits(run::job_name::sample, trial);
    });
  }
  if (chooses_steps) {
    const std::uint64_t steps = largest_fitting(largest_batch, [&](std::uint64_t size) {
      config::RunConfig trial = settings;
      trial.supervision.sampling.steps_per_chunk = static_cast<std::int64_t>(size);
      return fits(run::job_name::sample, trial);
    });
    config.steps_per_chunk = static_cast<std::int64_t>(steps);
  }
}

void choose_evaluation(config::RunConfig& settings, const Fits& fits) {
  std::uint64_t& problems_per_unit = settings.evaluation.settings.problems_per_unit;
  if (config::is_automatic(problems_per_unit)) {
    problems_per_unit = largest_fitting(largest_batch, [&](std::uint64_t size) {
      config::RunConfig trial = settings;
      trial.evaluation.settings.problems_per_unit = size;
      return fits(run::job_name::evaluate, trial);
    });
  }
}

/// An update keeps its samples: as many as with the usual micro-batch, cut into the largest parts.
void choose_tuning(config::RunConfig& settings, const Fits& fits) {
  finetune::Config& config = settings.tuning.finetune;
  if (!config::is_automatic(config.micro_batch)) {
    return;
  }
  const std::uint64_t samples = usual_micro_batch * config.gradient_accumulation;
  std::uint64_t most = 1;
  while (samples % (2 * most) == 0) {
    most *= 2;
  }
  config.micro_batch = largest_fitting(most, [&](std::uint64_t size) {
    config::RunConfig trial = settings;
    trial.tuning.finetune.micro_batch = size;
    trial.tuning.finetune.gradient_accumulation = samples / size;
    return fits(run::job_name::finetune, trial);
  });
  config.gradient_accumulation = samples / config.micro_batch;
}

bool exceeds(const stages::StageMemory& memory, const config::RunConfig& settings) {
  const double budget = settings.run.memory_gib * bytes_of_gib;
  return budget > 0 && static_cast<double>(planning::total_bytes(memory.lines)) > budget;
}

}  // namespace

planning::MemoryLines plan_weights(const std::vector<stages::Stage>& stages,
                                   const inputs::Inputs& inputs) {
  const auto any_needs = [&](bool inputs::NeededModels::*model) {
    return std::any_of(stages.begin(), stages.end(),
                       [&](const stages::Stage& stage) { return stage.models.*model; });
  };
  planning::MemoryLines lines;
  if (any_needs(&inputs::NeededModels::expert)) {
    lines.push_back(
        {"expert's weights", model::weight_bytes(inputs.models.expert), "models.dtype"});
  }
  if (any_needs(&inputs::NeededModels::amateur)) {
    lines.push_back(
        {"amateur's weights", model::weight_bytes(inputs.models.amateur), "models.dtype"});
  }
  return lines;
}

std::vector<JobMemory> plan_stages(const std::vector<stages::Stage>& stages,
                                   const inputs::Inputs& inputs) {
  std::vector<JobMemory> plans;
  for (const stages::Stage& stage : stages) {
    const bool planned = std::any_of(plans.begin(), plans.end(),
                                     [&](const JobMemory& plan) { return plan.job == stage.job; });
    if (!planned) {
      plans.push_back({stage.job, stage.plan(inputs.config, inputs)});
    }
  }
  return plans;
}

config::RunConfig choose_sizes(const std::vector<stages::Stage>& stages,
                               const inputs::Inputs& inputs) {
  config::RunConfig settings = inputs.config;
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
  const Fits fits = [&](const char* job, const config::RunConfig& trial) {
    return std::none_of(stages.begin(), stages.end(), [&](const stages::Stage& stage) {
      return stage.job == job && exceeds(stage.plan(trial, inputs), trial);
    });
  };
  choose_sampling(settings, fits);
  choose_evaluation(settings, fits);
  choose_tuning(settings, fits);
  return settings;
}

void require_within_budget(const std::vector<stages::Stage>& stages, const inputs::Inputs& inputs) {
  for (const JobMemory& plan : plan_stages(stages, inputs)) {
    if (exceeds(plan.memory, inputs.config)) {
      const planning::MemoryLine& line = planning::largest_line(plan.memory.lines);
      throw support::UserError(fmt::format(
          "stage {} needs {} a rank beside the weights, more than run.memory_gib = {} allows; most "
          "of it is \"{}\" ({}): change {}, or raise run.memory_gib",
          plan.job, planning::format_bytes(planning::total_bytes(plan.memory.lines)),
          inputs.config.run.memory_gib, line.what, planning::format_bytes(line.bytes), line.key));
    }
  }
}

std::string describe_shortage(const std::vector<stages::Stage>& stages, const stages::Stage& stage,
                              const inputs::Inputs& inputs) {
  const stages::StageMemory plan = stage.plan(inputs.config, inputs);
  const planning::MemoryLine& line = planning::largest_line(plan.lines);
  return fmt::format(
      "out of memory in stage {}: its plan is {} a rank beside {} of weights a node, most of it "
      "\"{}\" ({}): change {}, or start fewer ranks on a node; `lightreasoner {}` shows the whole "
      "plan",
      stage.name, planning::format_bytes(planning::total_bytes(plan.lines)),
      planning::format_bytes(planning::total_bytes(plan_weights(stages, inputs))), line.what,
      planning::format_bytes(line.bytes), line.key, run::job_name::preflight);
}

}  // namespace lightreasoner::pipeline
