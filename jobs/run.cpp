// SPDX-License-Identifier: Apache-2.0
/// The whole method over one allocation, from problems to a tuned adapter with its scores.
#include "jobs.hpp"

namespace lightreasoner::jobs {

void run_all(pipeline::Context& context) {
  evaluate(context, false);  // 1. the expert as it came, on held-out problems
  if (!context.inputs.samples) {
    sample(context);  // 2. where expert and amateur diverge
  }
  finetune(context);        // 3. the expert learns from those steps
  evaluate(context, true);  // 4. the same problems again
  merge(context);           // 5. a model folder for others to load
  report(context);          // 6. what came of it
}

}  // namespace lightreasoner::jobs
