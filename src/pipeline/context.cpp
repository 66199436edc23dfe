// SPDX-License-Identifier: Apache-2.0
#include "pipeline/context.hpp"

#include "contrast/contrast_steps.hpp"
#include "device/engine.hpp"
#include "logging/progress.hpp"
#include "parallel/session.hpp"
#include "parallel/together.hpp"
#include "pipeline/memory.hpp"
#include "records/shard.hpp"
#include "run/provenance.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"

#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::pipeline {
namespace {

/// The stage book as rank 0 reads it, compared with what this job wants. Ranks that looked for
/// themselves could see different files and part ways. Collective.
run::StageBook read_matching_book(const parallel::Communicator& world,
                                  const run::RunDirectory& directory,
                                  const std::map<std::string, run::StageIdentity>& stages) {
  run::StageBook book;
  const std::string text =
      parallel::from_root(world, [&] { return run::read_stage_text(directory.root); });
  parallel::run_together(world, [&] {
    book = run::parse_stage_book(text, directory.root);
    const std::vector<std::string> lines = run::differences(book, stages);
    if (!lines.empty()) {
      throw support::UserError(fmt::format(
          "{}: holds results of another configuration:\n  {}\n"
          "Results there are untouched. Set these back, or choose another run.directory",
          directory.root.string(), fmt::join(lines, "\n  ")));
    }
  });
  return book;
}

void write_book(const Context& context) {
  parallel::run_on_root(context.world,
                        [&] { run::write_stage_book(context.directory.root, context.book); });
}

/// What a job would do with the stage. Collective.
std::string state_of(const parallel::Communicator& world, const run::RunDirectory& directory,
                     const run::StageBook& book, const std::string& stage) {
  if (run::is_complete(book, stage)) {
    const run::OutputFiles& outputs = book.at(stage).outputs;
    const std::string missing = run::find_missing_output(world, directory.root, stage, outputs);
    return missing.empty() ? "complete" : "to be made again";
  }
  return book.contains(stage) ? "to be resumed" : "to do";
}

}  // namespace

std::map<std::string, std::string> library_versions() {
  return {{"mpi", parallel::library_version()},
          {"hdf5", records::library_version()},
          {"kokkos", contrast::library_version()},
          {"numerics", device::describe_numerics()}};
}

Context open_context(const parallel::Communicator& world, const Request& request) {
  Context context{.world = world, .inputs = read_inputs(world, request)};
  context.directory.root = context.inputs.config.run.directory;
  context.stages = identify_stages(context.inputs);
  parallel::run_on_root(
      world, [&] { context.lock = std::make_unique<run::RunLock>(context.directory.root); });
  context.book = read_matching_book(world, context.directory, context.stages);
  parallel::run_on_root(world, [&] {
    support::write_file_atomically(context.directory.config(),
                                   config::to_toml(context.inputs.config));
    context.events = logging::EventLog(context.directory.events());
  });
  run::append_provenance(world, context.directory.provenance(), request.command_line,
                         library_versions());
  context.events.write("start", {{"job", request.job}, {"num_ranks", world.num_ranks()}});
  for (const auto& [name, times] : context.inputs.load_times) {
    context.events.write("load", {{"model", name},
                                  {"read_seconds", times.read},
                                  {"send_seconds", times.send},
                                  {"build_seconds", times.build}});
  }
  logging::info("{}: {} rank{}, run directory {}", request.job, world.num_ranks(),
                world.num_ranks() == 1 ? "" : "s", context.directory.root.string());
  return context;
}

void describe_plan(const parallel::Communicator& world, const Request& request) {
  const Inputs inputs = read_inputs(world, request);
  const run::RunDirectory directory{inputs.config.run.directory};
  const auto stages = identify_stages(inputs);
  const run::StageBook book = read_matching_book(world, directory, stages);
  logging::info("{}: run file, models and problem sets are in order", request.target);
  logging::info("  {} problems to sample, {} to evaluate on", inputs.problems.size(),
                inputs.test_problems.size());
  for (const char* stage : {"evaluate-before", "sample", "finetune", "evaluate-after", "merge"}) {
    if (!stages.contains(stage)) {
      continue;  // samples.file stands in for sampling
    }
    const std::string state = state_of(world, directory, book, stage);
    logging::info("  {:<16} {:<16} key {}", stage, state, stages.at(stage).key().substr(0, 12));
  }
}

std::string missing_output(Context& context, const std::string& stage) {
  if (context.verified.contains(stage)) {
    return "";
  }
  const run::OutputFiles& outputs = context.book.at(stage).outputs;
  std::string missing =
      run::find_missing_output(context.world, context.directory.root, stage, outputs);
  if (missing.empty()) {
    context.verified.insert(stage);
  }
  return missing;
}

void run_stage(Context& context, const std::string& stage,
               const std::vector<std::filesystem::path>& outputs,
               const std::function<void()>& body) {
  if (run::is_complete(context.book, stage)) {
    const std::string missing = missing_output(context, stage);
    if (missing.empty()) {
      logging::info("{}: already complete", stage);
      return;
    }
    logging::warn("{}: {} is missing, so the stage runs again", stage, missing);
  }
  context.book[stage] = {context.stages.at(stage), false};
  write_book(context);
  context.events.write("stage_start", {{"stage", stage}, {"key", context.stage_key(stage)}});
  const auto start = std::chrono::steady_clock::now();
  try {
    body();
  } catch (const std::exception& error) {
    if (support::is_out_of_memory(error)) {
      // What the stage held is given back by now, so there is memory to think with.
      throw std::runtime_error(describe_shortage(context.inputs, stage));
    }
    throw;
  }
  parallel::run_on_root(context.world, [&] {
    context.book[stage].outputs = run::record_outputs(context.directory.root, outputs);
  });
  context.book[stage].complete = true;
  context.verified.insert(stage);
  write_book(context);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  context.events.write("stage_end", {{"stage", stage}, {"seconds", seconds}});
  logging::info("{}: done in {}", stage, logging::format_duration(seconds));
}

void require_stage(Context& context, const std::string& stage, const std::string& job) {
  std::string reason = "is not complete";
  if (run::is_complete(context.book, stage)) {
    const std::string missing = missing_output(context, stage);
    if (missing.empty()) {
      return;
    }
    reason = "has lost " + missing;
  }
  support::UserError error(fmt::format("{}: stage '{}' {}; run `lightreasoner {}` first",
                                       context.directory.root.string(), stage, reason, job));
  error.agreed = true;  // every rank has the same stage book and has heard the same of its files
  throw error;
}

}  // namespace lightreasoner::pipeline
