// SPDX-License-Identifier: Apache-2.0
/// The jobs. Each is collective over the context's ranks and leaves its results in the run
/// directory.
#pragma once

#include "arguments.hpp"
#include "pipeline/context.hpp"

namespace lightreasoner::jobs {

void run_all(pipeline::Context& context);
void sample(pipeline::Context& context);
void finetune(pipeline::Context& context);
/// `after` scores the expert with its adapter, else as it came.
void evaluate(pipeline::Context& context, bool after);
void merge(pipeline::Context& context);
void report(pipeline::Context& context);

/// Prints each stage's memory plan against the budget, the vocabulary the models share and the
/// libraries' versions. Reads no weight, writes nothing. Throws UserError, agreed, when a stage
/// does not fit. Collective over world.
void preflight(const parallel::Communicator& world, const pipeline::Request& request);

/// Prints one problem's record in words to standard output. One rank is enough.
void inspect(const Arguments& arguments);
/// Writes the selected steps of a run's records as the JSON Lines of the released Python. One rank
/// is enough.
void export_samples(const Arguments& arguments);

}  // namespace lightreasoner::jobs
