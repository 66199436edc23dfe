// SPDX-License-Identifier: Apache-2.0
/// The jobs. Each is collective over the context's ranks and leaves its results in the run
/// directory.
#pragma once

#include "arguments.hpp"
#include "context.hpp"

namespace lightreasoner::jobs {

void run_all(Context& context);
void sample(Context& context);
void finetune(Context& context);
/// `after` scores the expert with its adapter, else as it came.
void evaluate(Context& context, bool after);
void merge(Context& context);
void report(Context& context);

/// Prints each stage's memory plan against the budget, the vocabulary the models share and the
/// libraries' versions. Reads no weight, writes nothing. Throws UserError, agreed, when a stage
/// does not fit. Collective over world.
void preflight(const parallel::Communicator& world, const Arguments& arguments);

/// Prints one problem's record in words to standard output. One rank is enough.
void inspect(const Arguments& arguments);
/// Writes the selected steps of a run's records as the JSON Lines of the released Python. One rank
/// is enough.
void export_samples(const Arguments& arguments);

}  // namespace lightreasoner::jobs
