// SPDX-License-Identifier: Apache-2.0
#include "pipeline/dry_run.hpp"

#include "logging/log.hpp"
#include "lora/peft_files.hpp"
#include "parallel/together.hpp"
#include "pipeline/context.hpp"
#include "pipeline/job_stages.hpp"
#include "planning/memory_plan.hpp"
#include "run/stage_outputs.hpp"
#include "weights/weight_layout.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fmt/ranges.h>
#include <string>
#include <vector>

namespace lightreasoner::pipeline {
namespace {

constexpr run::Look look = run::Look::without_weights;

/// What becomes of a stage, whether the job is about it or not. Collective.
std::string state_of(Context& context, const std::string& stage, bool is_chosen) {
  const StageResult result = look_at_result(context, stage, look);
  if (result.is_intact()) {
    return "complete";
  }
  if (!is_chosen) {
    return "left alone";
  }
  if (result.complete) {
    return "to be made again";
  }
  return context.hold.book.contains(stage) ? "to be resumed" : "to do";
}

/// Weights that a dry run has looked at no further than their size.
struct Unread {
  std::vector<std::string> names;  ///< keys of the run file, and results
  std::uint64_t bytes = 0;

  void add(const std::string& name, std::uint64_t more) {
    names.push_back(name);
    bytes += more;
  }
};

/// On rank 0.
Unread unread_weights(const Context& context) {
  const inputs::Models& models = context.inputs->models;
  Unread unread;
  unread.add("models.expert", weights::file_bytes(models.expert_layout));
  unread.add("models.amateur", weights::file_bytes(models.amateur_layout));
  if (const auto& start = context.config.tuning.lora.start_from; !start.empty()) {
    unread.add("lora.start_from", std::filesystem::file_size(start / lora::adapter_weights_file));
  }
  for (const auto& [stage, entry] : context.hold.book) {
    for (const auto& [file, written] : entry.outputs) {
      if (!run::is_read(file, look)) {
        unread.add(file, written.bytes);
      }
    }
  }
  return unread;
}

}  // namespace

void dry_run(const parallel::Communicator& world, const inputs::Request& request,
             const config::RunConfig& config) {
  // 1. Inputs, budget, directory and keys.
  Context context = begin_fitting(world, request, config);
  read_matching_book(context);
  const ChosenStages chosen = stages_of_job(context, request.job, look);
  logging::info("{}: run file, models and problem sets are in order", request.target);
  logging::info("  {} problems to sample, {} to evaluate on",
                context.inputs->problems.supervision.size(), context.inputs->problems.test.size());
  // 2. Each stage.
  for (const stages::Stage& stage : context.stages) {
    const bool is_chosen = std::find(chosen.begin(), chosen.end(), &stage) != chosen.end();
    const run::StageIdentity& identity = context.identities.at(stage.name);
    logging::info("  {:<16} {:<16} key {}", stage.name, state_of(context, stage.name, is_chosen),
                  identity.is_known() ? identity.key().substr(0, 12) : "not known yet");
  }
  // 3. What this does not tell.
  parallel::run_on_root(world, [&] {
    const Unread unread = unread_weights(context);
    logging::info("  not hashed, of the right size: {} of weights ({})",
                  planning::format_bytes(unread.bytes), fmt::join(unread.names, ", "));
  });
}

}  // namespace lightreasoner::pipeline
