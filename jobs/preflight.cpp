// SPDX-License-Identifier: Apache-2.0
/// What a run is going to need, before it is started.
#include "jobs.hpp"
#include "logging/log.hpp"
#include "parallel/together.hpp"
#include "pipeline/context.hpp"
#include "pipeline/sizes.hpp"
#include "planning/machine_memory.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>

namespace lightreasoner::jobs {
namespace {

using planning::format_bytes;

/// The memory plan, and what it is held against.
struct Plan {
  planning::MemoryLines weights;
  std::vector<pipeline::JobMemory> jobs;
  double budget_gib;      ///< run.memory_gib
  std::uint64_t ranks;    ///< of this node
  std::uint64_t machine;  ///< bytes this node gives us
};

std::string row(const std::string& what, std::uint64_t bytes, const std::string& note) {
  return fmt::format("    {:<30} {:>12}  {}\n", what, format_bytes(bytes), note);
}

std::string rows_of(const planning::MemoryLines& lines) {
  std::string text;
  for (const planning::MemoryLine& line : lines) {
    text += line.bytes > 0 ? row(line.what, line.bytes, line.key) : "";
  }
  return text;
}

/// All that a job's stages have this node hold.
std::uint64_t node_total(const Plan& plan, const stages::StageMemory& memory) {
  const std::uint64_t holders = memory.on_one_rank ? 1 : plan.ranks;
  return planning::total_bytes(plan.weights) + holders * planning::total_bytes(memory.lines);
}

std::string describe_memory(const Plan& plan) {
  std::string text = "weights, once a node: its ranks share them\n" + rows_of(plan.weights);
  for (const auto& [job, memory] : plan.jobs) {
    text += fmt::format("\n{}, {}\n{}", job, memory.on_one_rank ? "on one rank" : "on each rank",
                        rows_of(memory.lines));
    text += row("total", planning::total_bytes(memory.lines),
                plan.budget_gib > 0 ? fmt::format("of run.memory_gib = {}", plan.budget_gib)
                                    : "no budget (run.memory_gib = 0)");
    text += row("this node, with weights", node_total(plan, memory),
                fmt::format("{} rank{}; it has {}", plan.ranks, plan.ranks == 1 ? "" : "s",
                            format_bytes(plan.machine)));
  }
  return text + "\n";
}

std::string describe_vocabulary(const inputs::Inputs& inputs) {
  const text::SharedVocabulary& shared = inputs.texts.shared;
  const inputs::Models& models = inputs.models;
  const auto spelled = std::count_if(
      shared.translations.begin(), shared.translations.end(), [&](const auto& translation) {
        return !std::binary_search(shared.expert_ids.begin(), shared.expert_ids.end(),
                                   translation.first);
      });
  return fmt::format(
      "vocabulary\n"
      "    {} tokens are shared by the heads of the expert ({}) and the amateur ({})\n"
      "    {} of them have other ids in the amateur's\n"
      "    {} more of the expert's have to be spelled for the amateur\n\n",
      shared.expert_ids.size(), models.expert.config.shape.vocabulary,
      models.amateur.config.shape.vocabulary, std::ssize(shared.translations) - spelled, spelled);
}

std::string describe_libraries(const inputs::Request& request) {
  std::string text = "libraries\n";
  for (const auto& [name, version] : request.libraries) {
    text += fmt::format("    {:<10} {}\n", name, version);
  }
  return text;
}

std::string describe_sizes(const config::RunConfig& config) {
  return fmt::format(
      "sizes\n"
      "    sampling    {} problems a unit, {} steps a chunk\n"
      "    finetune    {} samples a micro-batch, {} micro-batches an update\n"
      "    evaluation  {} problems a unit\n\n",
      config.supervision.sampling.problems_per_unit, config.supervision.sampling.steps_per_chunk,
      config.tuning.finetune.micro_batch, config.tuning.finetune.gradient_accumulation,
      config.evaluation.settings.problems_per_unit);
}

void require_machine(const Plan& plan) {
  for (const auto& [job, memory] : plan.jobs) {
    const std::uint64_t total = node_total(plan, memory);
    if (total > plan.machine) {
      planning::MemoryLines lines = plan.weights;
      lines.insert(lines.end(), memory.lines.begin(), memory.lines.end());
      const planning::MemoryLine& line = planning::largest_line(lines);
      throw support::UserError(fmt::format(
          "stage {} needs {} on a node with {} ranks, and this one has {}; most of a rank and "
          "the weights is \"{}\" ({}): change {}, or start fewer ranks on a node",
          job, format_bytes(total), plan.ranks, format_bytes(plan.machine), line.what,
          format_bytes(line.bytes), line.key));
    }
  }
}

}  // namespace

void preflight(const parallel::Communicator& world, const inputs::Request& request,
               const config::RunConfig& config) {
  // 1. All inputs, checked as for a run, with the sizes that a budget gives.
  const pipeline::Context context = pipeline::begin_context(world, config);
  const inputs::Inputs& inputs = context.inputs;
  // 2. What each stage is going to hold.
  const Plan plan{pipeline::plan_weights(context.stages, inputs),
                  pipeline::plan_stages(context.stages, inputs), inputs.config.run.memory_gib,
                  static_cast<std::uint64_t>(parallel::split_by_node(world).num_ranks()),
                  planning::machine_memory()};
  // 3. In words, on one rank.
  if (world.is_root()) {
    const std::string text = describe_memory(plan) + describe_sizes(inputs.config) +
                             describe_vocabulary(inputs) + describe_libraries(request);
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }
  // 4. The verdict.
  parallel::run_together(world, [&] {
    pipeline::require_within_budget(context.stages, inputs);
    require_machine(plan);
  });
  logging::info("preflight: inputs are in order and every stage fits");
}

}  // namespace lightreasoner::jobs
