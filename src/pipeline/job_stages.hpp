// SPDX-License-Identifier: Apache-2.0
/// Which stages a job does. Private to the module.
#pragma once

#include "pipeline/context.hpp"
#include "run/names.hpp"
#include "run/stage_outputs.hpp"
#include "stages/stage.hpp"

#include <vector>

namespace lightreasoner::pipeline {

/// Rows of the context's table.
using ChosenStages = std::vector<const stages::Stage*>;

/// The stages that `job` is about. For run these are all. Another job has its own: those whose
/// upstream is complete, so that an evaluation before tuning leaves the one after it out; a job
/// without stages has none. Upstream's files are looked at as `look` says. Throws UserError,
/// agreed, where none of a job's stages can be done. Collective over the context's world.
[[nodiscard]] ChosenStages stages_of_job(Context& context, run::Job job, run::Look look);

}  // namespace lightreasoner::pipeline
