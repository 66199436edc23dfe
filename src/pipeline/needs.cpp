// SPDX-License-Identifier: Apache-2.0
#include "pipeline/needs.hpp"

#include "config/keys.hpp"
#include "pipeline/sizes.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <set>

namespace lightreasoner::pipeline {
namespace {

using planning::format_bytes;

std::string row(const std::string& what, std::uint64_t bytes, const std::string& note) {
  return fmt::format("    {:<30} {:>12}  {}\n", what, format_bytes(bytes), note);
}

std::string rows_of(const planning::MemoryLines& lines, planning::ComputesOn computes_on) {
  std::string text;
  for (const planning::MemoryLine& line : lines) {
    if (line.bytes == 0) continue;
    const bool is_elsewhere =
        computes_on == planning::ComputesOn::device && line.memory == planning::Memory::host;
    text += row(line.what, line.bytes, line.key + (is_elsewhere ? ", in the host's memory" : ""));
  }
  return text;
}

/// Of `lines`, what lies in the node's own memory.
planning::MemoryLines host_lines(const planning::MemoryLines& lines, const Budget& budget) {
  return budget.computes_on == planning::ComputesOn::cpu
             ? lines
             : planning::lines_in(planning::Memory::host, lines);
}

/// All that a stage has the node hold.
std::uint64_t node_total(const stages::StageMemory& memory, const Budget& budget,
                         const Node& node) {
  const std::uint64_t holders = memory.on_one_rank ? 1 : node.num_ranks;
  return planning::total_bytes(budget.weights) +
         holders * planning::total_bytes(host_lines(memory.lines, budget));
}

/// What a stage's lines come to where the rank computes.
std::string describe_total(const planning::MemoryLines& lines, const Context& context) {
  const Budget& budget = context.budget;
  const std::uint64_t bytes =
      planning::total_bytes(planning::lines_where(budget.computes_on, lines));
  const double given = context.config.run.memory_gib;
  const std::string of_setting =
      given > 0 ? fmt::format("of run.memory_gib = {}", given) : "no budget (run.memory_gib = 0)";
  if (budget.computes_on == planning::ComputesOn::cpu) return row("total", bytes, of_setting);
  return row("total on the device", bytes, of_setting) +
         row("the same, with weights", bytes + planning::total_bytes(budget.weights),
             fmt::format("of {} that a rank may fill", format_bytes(budget.device_bytes)));
}

std::string describe_memory(const Context& context, const Node& node) {
  const Budget& budget = context.budget;
  std::string text = budget.computes_on == planning::ComputesOn::cpu
                         ? "weights, once a node: its ranks share them\n"
                         : "weights, on each rank's device, and once a node\n";
  text += rows_of(budget.weights, budget.computes_on);
  for (const stages::Stage& stage : context.stages) {
    const stages::StageMemory memory = stage.memory.plan(context.config, budget.computes_on);
    text +=
        fmt::format("\n{}, {}\n{}", stage.name, memory.on_one_rank ? "on one rank" : "on each rank",
                    rows_of(memory.lines, budget.computes_on));
    text += describe_total(memory.lines, context);
    text += row("this node, with weights", node_total(memory, budget, node),
                fmt::format("{} rank{}; it has {}", node.num_ranks, node.num_ranks == 1 ? "" : "s",
                            format_bytes(node.bytes)));
  }
  return text + "\n";
}

/// The sizes of all stages, each key once.
std::string describe_sizes(const Context& context) {
  std::set<std::string> keys;
  for (const stages::Stage& stage : context.stages) {
    keys.insert(stage.memory.sizes.begin(), stage.memory.sizes.end());
  }
  std::string text = "sizes\n";
  for (const config::KeyValue& entry : config::effective_keys(context.config)) {
    if (keys.contains(entry.key)) {
      text += fmt::format("    {:<30} {:>12}\n", entry.key, entry.value);
    }
  }
  return text + "\n";
}

std::string describe_vocabulary(const text::SharedVocabulary& shared,
                                const inputs::Models& models) {
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

}  // namespace

std::string describe_needs(const Context& context, const Node& node) {
  return describe_memory(context, node) + describe_sizes(context) +
         describe_vocabulary(context.inputs->texts.shared, context.inputs->models);
}

void require_node_holds(const Context& context, const Node& node) {
  const Budget& budget = context.budget;
  for (const stages::Stage& stage : context.stages) {
    const stages::StageMemory memory = stage.memory.plan(context.config, budget.computes_on);
    const std::uint64_t total = node_total(memory, budget, node);
    if (total > node.bytes) {
      planning::MemoryLines lines = budget.weights;
      const planning::MemoryLines held = host_lines(memory.lines, budget);
      lines.insert(lines.end(), held.begin(), held.end());
      const planning::MemoryLine& line = planning::largest_line(lines);
      throw support::UserError(fmt::format(
          "stage {} needs {} on a node with {} ranks, and this one has {}; most of a rank and "
          "the weights is \"{}\" ({}): change {}, or start fewer ranks on a node",
          stage.name, format_bytes(total), node.num_ranks, format_bytes(node.bytes), line.what,
          format_bytes(line.bytes), line.key));
    }
  }
}

}  // namespace lightreasoner::pipeline
