// SPDX-License-Identifier: Apache-2.0
#include "pipeline/walk.hpp"

#include "config/keys.hpp"
#include "device/out_of_memory.hpp"
#include "logging/progress.hpp"
#include "parallel/together.hpp"
#include "pipeline/sizes.hpp"
#include "report/read_run.hpp"
#include "run/names.hpp"
#include "run/provenance.hpp"
#include "stages/table.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/process.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace lightreasoner::pipeline {
namespace {

using Chosen = std::vector<const stages::Stage*>;

void write_book(const Context& context) {
  parallel::run_on_root(context.world, [&] {
    run::write_stage_book(context.hold.directory.root, context.hold.book);
  });
}

const stages::Stage& find_stage(const Context& context, const std::string& name) {
  return *std::find_if(context.stages.begin(), context.stages.end(),
                       [&](const stages::Stage& stage) { return stage.name == name; });
}

/// Throws UserError, agreed, when a stage that `stage` follows has no whole result, naming the job
/// that makes it. Collective.
void require_upstream(Context& context, const stages::Stage& stage) {
  for (const std::string& before : stage.key.follows) {
    const StageResult result = look_at_result(context, before);
    if (result.is_intact()) {
      continue;
    }
    const std::string reason = result.complete ? "has lost " + result.lost_file : "is not complete";
    throw support::agreed_error(fmt::format("{}: stage '{}' {}; run `lightreasoner {}` first",
                                            context.hold.directory.root.string(), before, reason,
                                            run::word_of(find_stage(context, before).job)));
  }
}

/// Whether all stages that `stage` follows are complete in the book.
bool can_follow(const Context& context, const stages::Stage& stage) {
  const std::vector<std::string>& follows = stage.key.follows;
  return std::all_of(follows.begin(), follows.end(), [&](const std::string& before) {
    return run::is_complete(context.hold.book, before);
  });
}

/// The stages that `job` is about. For run these are all. Another job has its own: those whose
/// upstream is complete, so that an evaluation before tuning leaves the one after it out. Throws
/// UserError, agreed, where none can be done. Collective.
Chosen stages_of_job(Context& context, run::Job job) {
  Chosen chosen;
  for (const stages::Stage& stage : context.stages) {
    if (job == run::Job::run || stage.job == job) {
      chosen.push_back(&stage);
    }
  }
  if (const std::string why = stages::why_left_out(context.config, job); !why.empty()) {
    throw support::agreed_error(why);
  }
  if (job == run::Job::run || chosen.empty()) {
    return chosen;
  }
  const stages::Stage& first = *chosen.front();
  std::erase_if(chosen, [&](const stages::Stage* stage) { return !can_follow(context, *stage); });
  if (chosen.empty()) {
    require_upstream(context, first);
  }
  for (const stages::Stage* stage : chosen) {
    require_upstream(context, *stage);
  }
  return chosen;
}

/// Weights that the stages still to be done compute with. Collective.
inputs::NeededWeights weights_needed(Context& context, const Chosen& chosen) {
  inputs::NeededWeights needed;
  for (const stages::Stage* stage : chosen) {
    if (!look_at_result(context, stage->name).is_intact()) {
      needed.expert = needed.expert || stage->weights.expert;
      needed.amateur = needed.amateur || stage->weights.amateur;
      needed.start_adapter = needed.start_adapter || stage->weights.start_adapter;
    }
  }
  return needed;
}

void write_start(Context& context, const inputs::Request& request,
                 const inputs::TimesByModel& load_times) {
  const parallel::Communicator& world = context.world;
  DirectoryHold& hold = context.hold;
  parallel::run_on_root(world, [&] {
    support::write_file_atomically(hold.directory.config(), config::to_toml(context.config));
    hold.events = logging::EventLog(hold.directory.events());
  });
  run::append_provenance(world, hold.directory.provenance(), request.command_line,
                         request.libraries);
  hold.events.write("start",
                    {{"job", run::word_of(request.job)}, {"num_ranks", world.num_ranks()}});
  for (const auto& [name, times] : load_times) {
    hold.events.write("load", {{"model", name},
                               {"read_seconds", times.read},
                               {"send_seconds", times.send},
                               {"build_seconds", times.build}});
  }
  logging::info("{}: {} rank{}, run directory {}", run::word_of(request.job), world.num_ranks(),
                world.num_ranks() == 1 ? "" : "s", hold.directory.root.string());
}

/// The stage's work, with a failed allocation put into words of its plan.
void do_work(Context& context, const stages::Stage& stage) {
  const stages::StageTask task{context.world, context.config, context.hold.directory,
                               context.identities.at(stage.name).key(), context.hold.events};
  try {
    stage.work(task);
  } catch (const std::exception& error) {
    if (device::is_out_of_memory(error)) {
      // What the stage held is given back by now, so there is memory to think with.
      throw std::runtime_error(describe_shortage(
          stage, context.config, plan_weights(context.stages, context.inputs->models)));
    }
    throw;
  }
}

void run_stage(Context& context, const stages::Stage& stage) {
  DirectoryHold& hold = context.hold;
  const StageResult result = look_at_result(context, stage.name);
  if (result.is_intact()) {
    logging::info("{}: already complete", stage.name);
    return;
  }
  if (result.complete) {
    logging::warn("{}: {} is missing, so the stage runs again", stage.name, result.lost_file);
  }
  const run::StageIdentity& identity = context.identities.at(stage.name);
  hold.book[stage.name] = {identity, false};
  write_book(context);
  hold.events.write("stage_start", {{"stage", stage.name}, {"key", identity.key()}});
  const auto start = std::chrono::steady_clock::now();
  do_work(context, stage);
  parallel::run_on_root(context.world, [&] {
    std::vector<std::filesystem::path> outputs;
    for (const std::filesystem::path& output : stage.outputs) {
      outputs.push_back(hold.directory.root / output);
    }
    hold.book[stage.name].outputs = run::record_outputs(hold.directory.root, outputs);
  });
  hold.book[stage.name].complete = true;
  hold.verified.insert(stage.name);
  write_book(context);
  const double seconds = support::seconds_since(start);
  hold.events.write("stage_end", {{"stage", stage.name}, {"seconds", seconds}});
  logging::info("{}: done in {}", stage.name, logging::format_duration(seconds));
}

/// What a job would do with the stage. Collective.
std::string state_of(Context& context, const std::string& stage) {
  const StageResult result = look_at_result(context, stage, run::Look::without_weights);
  if (result.complete) {
    return result.is_intact() ? "complete" : "to be made again";
  }
  return context.hold.book.contains(stage) ? "to be resumed" : "to do";
}

/// begin_context for a run directory that nobody holds and a plan within the budget. Collective.
Context begin_fitting(const parallel::Communicator& world, const inputs::Request& request,
                      const config::RunConfig& config) {
  parallel::run_on_root(world, [&] { run::require_free(config.run.directory); });
  Context context = begin_context(world, request, config);
  parallel::run_together(world, [&] { require_within_budget(context.stages, context.config); });
  return context;
}

}  // namespace

Context open_context(const parallel::Communicator& world, const inputs::Request& request,
                     const config::RunConfig& config) {
  // 1. Whether the directory is to be had, what small files tell, and whether it fits.
  Context context = begin_fitting(world, request, config);
  // 2. The run directory: ours alone, and of this configuration.
  DirectoryHold& hold = context.hold;
  parallel::run_on_root(world,
                        [&] { hold.lock = std::make_unique<run::RunLock>(hold.directory.root); });
  read_matching_book(context);
  // 3. Weights, where something is left to compute; their digests are part of the keys.
  const Chosen chosen = stages_of_job(context, request.job);
  const inputs::TimesByModel load_times = inputs::load_weights(
      world, context.config.tuning.lora, weights_needed(context, chosen), *context.inputs);
  parallel::run_together(world, [&] { compare_keys(context); });
  // 4. What this attempt is.
  write_start(context, request, load_times);
  return context;
}

void run_stages(Context& context, run::Job job) {
  for (const stages::Stage* stage : stages_of_job(context, job)) {
    run_stage(context, *stage);
  }
}

void describe_plan(const parallel::Communicator& world, const inputs::Request& request,
                   const config::RunConfig& config) {
  Context context = begin_fitting(world, request, config);
  read_matching_book(context);
  const inputs::Inputs& inputs = *context.inputs;
  logging::info("{}: run file, models and problem sets are in order", request.target);
  logging::info("  {} problems to sample, {} to evaluate on", inputs.problems.supervision.size(),
                inputs.problems.test.size());
  for (const stages::Stage& stage : context.stages) {
    const run::StageIdentity& identity = context.identities.at(stage.name);
    logging::info("  {:<16} {:<16} key {}", stage.name, state_of(context, stage.name),
                  identity.is_known() ? identity.key().substr(0, 12) : "not known yet");
  }
  logging::info(
      "  not hashed: {} of model weights, whose digests are part of the keys; their headers and "
      "sizes are in order",
      planning::format_bytes(weights::file_bytes(inputs.models.expert_layout) +
                             weights::file_bytes(inputs.models.amateur_layout)));
}

report::RunSummary summarise(Context& context) {
  const run::RunDirectory& directory = context.hold.directory;
  report::RunSummary summary;
  parallel::run_on_root(context.world, [&] { summary = report::begin_summary(directory); });
  summary.accuracy.set = context.config.evaluation.settings.name;
  summary.tuning.samples_given = !context.config.supervision.samples.file.empty();
  for (const config::KeyValue& entry : config::effective_keys(context.config)) {
    summary.settings.emplace_back(entry.key, entry.value);
  }
  for (const stages::Stage& stage : context.stages) {
    const bool is_shown =
        stage.summarise &&
        look_at_result(context, stage.name, run::Look::without_weights).is_intact();
    if (is_shown) {
      parallel::run_on_root(context.world,
                            [&] { stage.summarise(directory, context.config, summary); });
    }
  }
  return summary;
}

}  // namespace lightreasoner::pipeline
