// SPDX-License-Identifier: Apache-2.0
/// The whole method over one allocation, from problems to a tuned adapter with its scores; or one
/// stage of it.
#include "jobs.hpp"
#include "pipeline/walk.hpp"
#include "run/names.hpp"

namespace lightreasoner::jobs {

void run_stages(const parallel::Communicator& world, const inputs::Request& request,
                const config::RunConfig& config) {
  // 1. Inputs, run directory, weights: what is wrong with them is told before work starts.
  pipeline::Context context = pipeline::open_context(world, request, config);
  // 2. The rows of the table (src/stages/table.cpp) that are not complete yet.
  pipeline::run_stages(context, request.job);
  // 3. What came of it.
  if (request.job == run::Job::run) {
    report(context);
  }
}

}  // namespace lightreasoner::jobs
