// SPDX-License-Identifier: Apache-2.0
#include "pipeline/walk.hpp"

#include "config/keys.hpp"
#include "device/back_end.hpp"
#include "device/out_of_memory.hpp"
#include "logging/progress.hpp"
#include "parallel/together.hpp"
#include "pipeline/job_stages.hpp"
#include "pipeline/sizes.hpp"
#include "report/read_run.hpp"
#include "run/names.hpp"
#include "run/provenance.hpp"
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

void write_book(const Context& context) {
  parallel::run_on_root(context.world, [&] {
    run::write_stage_book(context.hold.directory.root, context.hold.book);
  });
}

/// Weights that the stages still to be done compute with. Collective.
inputs::NeededWeights weights_needed(Context& context, const ChosenStages& chosen) {
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
                         request.libraries, request.place.description);
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
      throw std::runtime_error(describe_shortage(stage, context.config, context.budget));
    }
    throw;
  }
}

/// What an event says of a stage that has ended.
nlohmann::json end_of(const Context& context, const stages::Stage& stage, double seconds) {
  nlohmann::json event{{"stage", stage.name}, {"seconds", seconds}};
  if (context.budget.computes_on == planning::ComputesOn::device) {
    // Of rank 0's, so far.
    event["device_peak_bytes"] =
        device::memory_figures(context.inputs->models.expert.device()).peak;
  }
  return event;
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
  hold.events.write("stage_end", end_of(context, stage, seconds));
  logging::info("{}: done in {}", stage.name, logging::format_duration(seconds));
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
  const ChosenStages chosen = stages_of_job(context, request.job, run::Look::whole);
  const inputs::TimesByModel load_times =
      inputs::load_weights(world, context.config.tuning.lora, weights_needed(context, chosen),
                           request.place.device, *context.inputs);
  parallel::run_together(world, [&] { compare_keys(context); });
  // 4. What this attempt is.
  write_start(context, request, load_times);
  return context;
}

void run_stages(Context& context, run::Job job) {
  for (const stages::Stage* stage : stages_of_job(context, job, run::Look::whole)) {
    run_stage(context, *stage);
  }
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
