// SPDX-License-Identifier: Apache-2.0
#include "pipeline/memory.hpp"

#include "evaluation/memory.hpp"
#include "finetune/memory.hpp"
#include "lora/memory.hpp"
#include "sampling/memory.hpp"
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

planning::MemoryLines plan_sampling(const Inputs& inputs) {
  return sampling::plan_memory(inputs.config.supervision.sampling,
                               {.expert = model::size_of(inputs.expert),
                                .amateur = model::size_of(inputs.amateur),
                                .expert_prompt = inputs.prompt_lengths.expert,
                                .amateur_prompt = inputs.prompt_lengths.amateur,
                                .num_problems = std::ssize(inputs.problems),
                                .num_shared = std::ssize(inputs.shared.expert_ids),
                                .shared_are_leading = inputs.shared.is_leading,
                                .is_penalised = inputs.repetition_penalty != 1.0});
}

planning::MemoryLines plan_tuning(const Inputs& inputs) {
  const config::RunConfig& config = inputs.config;
  std::int64_t prefix =
      inputs.prompt_lengths.expert + config.supervision.sampling.max_new_tokens - 1;
  if (inputs.samples) {
    prefix = 0;
    for (const auto& example : inputs.samples->examples) {
      prefix = std::max(prefix, std::int64_t{example.prefix_length});
    }
  }
  if (config.tuning.finetune.method.max_prefix_tokens > 0) {
    prefix = std::min(prefix,
                      static_cast<std::int64_t>(config.tuning.finetune.method.max_prefix_tokens));
  }
  return finetune::plan_memory(config.tuning.finetune,
                               {model::size_of(inputs.expert), config.tuning.lora, prefix,
                                lora::count_parameters(inputs.expert, config.tuning.lora)});
}

planning::MemoryLines plan_evaluation(const Inputs& inputs) {
  return evaluation::plan_memory(inputs.config.evaluation.settings, model::size_of(inputs.expert),
                                 inputs.prompt_lengths.test, std::ssize(inputs.test_problems));
}

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

/// Makes `key` the largest size with which the stage's plan fits.
template <typename Number>
void choose(Number& key, std::uint64_t most, double budget,
            const std::function<planning::MemoryLines()>& plan) {
  key = static_cast<Number>(largest_fitting(most, [&](std::uint64_t size) {
    key = static_cast<Number>(size);
    return static_cast<double>(planning::total_bytes(plan())) <= budget;
  }));
}

void choose_sampling(Inputs& inputs, double budget) {
  sampling::Config& config = inputs.config.supervision.sampling;
  const bool chooses_steps = config::is_automatic(config.steps_per_chunk);
  const auto plan = [&] { return plan_sampling(inputs); };
  if (chooses_steps) {
    config.steps_per_chunk = sampling::Config{}.steps_per_chunk;
  }
  if (config::is_automatic(config.problems_per_unit)) {
    choose(config.problems_per_unit, largest_batch, budget, plan);
  }
  if (chooses_steps) {
    choose(config.steps_per_chunk, largest_batch, budget, plan);
  }
}

/// An update keeps its samples: as many as with the usual micro-batch, cut into the largest parts.
void choose_tuning(Inputs& inputs, double budget) {
  finetune::Config& config = inputs.config.tuning.finetune;
  const std::uint64_t samples = usual_micro_batch * config.gradient_accumulation;
  std::uint64_t most = 1;
  while (samples % (2 * most) == 0) {
    most *= 2;
  }
  config.micro_batch = largest_fitting(most, [&](std::uint64_t size) {
    config.micro_batch = size;
    config.gradient_accumulation = samples / size;
    return static_cast<double>(planning::total_bytes(plan_tuning(inputs))) <= budget;
  });
  config.gradient_accumulation = samples / config.micro_batch;
}

}  // namespace

planning::MemoryLines plan_weights(const Inputs& inputs) {
  // Both models are loaded by every job.
  return {{"expert's weights", model::weight_bytes(inputs.expert), "models.dtype"},
          {"amateur's weights", model::weight_bytes(inputs.amateur), "models.dtype"}};
}

std::vector<StagePlan> plan_stages(const Inputs& inputs) {
  std::vector<StagePlan> plans{{"evaluate", plan_evaluation(inputs)}};
  if (!inputs.samples) {
    plans.push_back({"sample", plan_sampling(inputs)});
  }
  plans.push_back({"finetune", plan_tuning(inputs)});
  plans.push_back({"merge", lora::plan_merge(inputs.expert, inputs.config.tuning.lora,
                                             inputs.prompt_lengths.test)});
  return plans;
}

void choose_sizes(Inputs& inputs) {
  config::RunConfig& config = inputs.config;
  const std::vector<std::string> keys = config::automatic_keys(config);
  if (keys.empty()) {
    return;
  }
  if (config.run.memory_gib == 0) {
    throw support::UserError(fmt::format(
        "{} = \"auto\" is chosen from a budget, and there is none: set run.memory_gib to what a "
        "rank may hold beside the weights, in GiB",
        keys.front()));
  }
  const double budget = config.run.memory_gib * bytes_of_gib;
  choose_sampling(inputs, budget);
  if (config::is_automatic(config.evaluation.settings.problems_per_unit)) {
    choose(config.evaluation.settings.problems_per_unit, largest_batch, budget,
           [&] { return plan_evaluation(inputs); });
  }
  if (config::is_automatic(config.tuning.finetune.micro_batch)) {
    choose_tuning(inputs, budget);
  }
}

void require_within_budget(const config::RunConfig& config, const std::vector<StagePlan>& plans) {
  const double budget = config.run.memory_gib;
  for (const StagePlan& plan : plans) {
    const std::uint64_t total = planning::total_bytes(plan.lines);
    if (budget > 0 && static_cast<double>(total) > budget * bytes_of_gib) {
      const planning::MemoryLine& line = planning::largest_line(plan.lines);
      throw support::UserError(fmt::format(
          "stage {} needs {} a rank beside the weights, more than run.memory_gib = {} allows; most "
          "of it is \"{}\" ({}): change {}, or raise run.memory_gib",
          plan.stage, planning::format_bytes(total), budget, line.what,
          planning::format_bytes(line.bytes), line.key));
    }
  }
}

std::string describe_shortage(const Inputs& inputs, const std::string& stage) {
  for (const StagePlan& plan : plan_stages(inputs)) {
    // "evaluate-before" and "evaluate-after" are one stage to the plan.
    if (stage.starts_with(plan.stage)) {
      const planning::MemoryLine& line = planning::largest_line(plan.lines);
      return fmt::format(
          "out of memory in stage {}: its plan is {} a rank beside {} of weights a node, most of "
          "it \"{}\" ({}): change {}, or start fewer ranks on a node; `lightreasoner preflight` "
          "shows the whole plan",
          stage, planning::format_bytes(planning::total_bytes(plan.lines)),
          planning::format_bytes(planning::total_bytes(plan_weights(inputs))), line.what,
          planning::format_bytes(line.bytes), line.key);
    }
  }
  return "out of memory in stage " + stage;
}

}  // namespace lightreasoner::pipeline
