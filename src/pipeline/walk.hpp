// SPDX-License-Identifier: Apache-2.0
/// The walk over the stages: what is skipped, resumed, refused or run.
#pragma once

#include "config/run_config.hpp"
#include "inputs/request.hpp"
#include "parallel/communicator.hpp"
#include "pipeline/context.hpp"
#include "report/run_summary.hpp"
#include "run/names.hpp"

namespace lightreasoner::pipeline {

/// Takes the run directory for request.job, cheapest checks first: whether a job holds it, inputs
/// without weights, the lock, the comparison with what lies there, the files of complete stages;
/// then reads the weights that stages of this job compute with, and compares once more. Throws
/// UserError, agreed, when the directory is in use or belongs to another configuration, and when a
/// stage that the job builds on is not complete. Collective over world.
[[nodiscard]] Context open_context(const parallel::Communicator& world,
                                   const inputs::Request& request, const config::RunConfig& config);

/// Runs the stages of `job` that are not complete; all stages for run::Job::run. Both ends of
/// each are recorded in the stage book and the events. Throws UserError, agreed, when a complete
/// stage's file was changed. Collective over world.
void run_stages(Context& context, run::Job job);

/// What the complete stages left, for a report, on rank 0; the others get what needs no file. Reads
/// no weights. Throws UserError, agreed, when a result was changed. Collective over world.
[[nodiscard]] report::RunSummary summarise(Context& context);

}  // namespace lightreasoner::pipeline
