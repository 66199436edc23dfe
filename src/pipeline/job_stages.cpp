// SPDX-License-Identifier: Apache-2.0
#include "pipeline/job_stages.hpp"

#include "stages/table.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>

namespace lightreasoner::pipeline {
namespace {

const stages::Stage& find_stage(const Context& context, const std::string& name) {
  return *std::find_if(context.stages.begin(), context.stages.end(),
                       [&](const stages::Stage& stage) { return stage.name == name; });
}

/// Throws UserError, agreed, when a stage that `stage` follows has no whole result, naming the job
/// that makes it. Collective.
void require_upstream(Context& context, const stages::Stage& stage, run::Look look) {
  for (const std::string& before : stage.key.follows) {
    const StageResult result = look_at_result(context, before, look);
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

}  // namespace

ChosenStages stages_of_job(Context& context, run::Job job, run::Look look) {
  ChosenStages chosen;
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
    require_upstream(context, first, look);
  }
  for (const stages::Stage* stage : chosen) {
    require_upstream(context, *stage, look);
  }
  return chosen;
}

}  // namespace lightreasoner::pipeline
