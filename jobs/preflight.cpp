// SPDX-License-Identifier: Apache-2.0
/// What a run is going to need, before it is started.
#include "context.hpp"
#include "jobs.hpp"
#include "memory.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace lightreasoner::jobs {
namespace {

using support::format_bytes;

std::uint64_t bytes_of_machine() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGE_SIZE));
}

std::string rows_of(const support::MemoryLines& lines) {
  std::string text;
  for (const support::MemoryLine& line : lines) {
    text += fmt::format("    {:<30} {:>12}  {}\n", line.what, format_bytes(line.bytes), line.key);
  }
  return text;
}

/// All that this stage has one node hold.
std::uint64_t node_total(const StagePlan& plan, int ranks) {
  // One rank merges.
  const auto holders = static_cast<std::uint64_t>(plan.stage == "merge" ? 1 : ranks);
  return support::total_bytes(plan.node) + holders * support::total_bytes(plan.rank);
}

std::string table_of(const StagePlan& plan, const config::RunConfig& config, int ranks) {
  std::string text =
      fmt::format("{}\n  once a node\n{}  {}\n{}", plan.stage, rows_of(plan.node),
                  plan.stage == "merge" ? "one rank" : "each rank", rows_of(plan.rank));
  const double budget = config.run.memory_gib;
  text += fmt::format("    {:<30} {:>12}  {}\n", "total a rank",
                      format_bytes(support::total_bytes(plan.rank)),
                      budget > 0 ? fmt::format("of run.memory_gib = {}", budget)
                                 : "no budget (run.memory_gib = 0)");
  return text + fmt::format("    {:<30} {:>12}  {} rank{}; this machine has {}\n\n", "total a node",
                            format_bytes(node_total(plan, ranks)), ranks, ranks == 1 ? "" : "s",
                            format_bytes(bytes_of_machine()));
}

std::string describe_vocabulary(const Inputs& inputs) {
  const text::SharedVocabulary& shared = inputs.shared;
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
      shared.expert_ids.size(), inputs.expert.config.vocabulary, inputs.amateur.config.vocabulary,
      std::ssize(shared.translations) - spelled, spelled);
}

std::string describe_libraries() {
  std::string text = "libraries\n";
  for (const auto& [name, version] : library_versions()) {
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
      config.sampling.problems_per_unit, config.sampling.steps_per_chunk,
      config.finetune.micro_batch, config.finetune.gradient_accumulation,
      config.evaluation.problems_per_unit);
}

void require_machine(const std::vector<StagePlan>& plans, int ranks) {
  for (const StagePlan& plan : plans) {
    const std::uint64_t total = node_total(plan, ranks);
    if (total > bytes_of_machine()) {
      support::MemoryLines lines = plan.node;
      lines.insert(lines.end(), plan.rank.begin(), plan.rank.end());
      const support::MemoryLine& line = support::largest_line(lines);
      throw support::UserError(fmt::format(
          "stage {} needs {} on a node with {} ranks, and this machine has {}; most of a rank and "
          "the weights is \"{}\" ({}): change {}, or start fewer ranks on a node",
          plan.stage, format_bytes(total), ranks, format_bytes(bytes_of_machine()), line.what,
          format_bytes(line.bytes), line.key));
    }
  }
}

}  // namespace

void preflight(const parallel::Communicator& world, const Arguments& arguments) {
  // 1. All inputs, checked as for a run, with the sizes that a budget gives.
  const Inputs inputs = read_inputs(world, arguments, Weights::shapes);
  // 2. What each stage is going to hold.
  const int ranks = parallel::split_by_node(world).num_ranks();
  const std::vector<StagePlan> plans = plan_stages(inputs);
  // 3. In words, on one rank.
  if (world.is_root()) {
    std::string text;
    for (const StagePlan& plan : plans) {
      text += table_of(plan, inputs.config, ranks);
    }
    text += describe_sizes(inputs.config) + describe_vocabulary(inputs) + describe_libraries();
    std::fputs(text.c_str(), stdout);
  }
  parallel::agree(world, [&] {
    require_within_budget(inputs.config, plans);
    require_machine(plans, ranks);
  });
}

}  // namespace lightreasoner::jobs
