// SPDX-License-Identifier: Apache-2.0
/// What a run is going to need, before it is started.
#include "jobs.hpp"
#include "logging/log.hpp"
#include "parallel/together.hpp"
#include "pipeline/context.hpp"
#include "pipeline/needs.hpp"
#include "pipeline/sizes.hpp"
#include "planning/machine_memory.hpp"
#include "run/names.hpp"

#include <cstdio>
#include <fmt/format.h>

namespace lightreasoner::jobs {
namespace {

std::string describe_libraries(const inputs::Request& request) {
  std::string text = "libraries\n";
  for (const auto& [name, version] : request.libraries) {
    text += fmt::format("    {:<10} {}\n", name, version);
  }
  return text;
}

}  // namespace

void preflight(const parallel::Communicator& world, const inputs::Request& request,
               const config::RunConfig& config) {
  // 1. All inputs, checked as for a run, with the sizes that a budget gives.
  const pipeline::Context context = pipeline::begin_context(world, request, config);
  // 2. What each stage is going to hold, in words.
  const pipeline::Node node{static_cast<std::uint64_t>(parallel::split_by_node(world).num_ranks()),
                            planning::machine_memory()};
  if (world.is_root()) {
    const std::string text = pipeline::describe_needs(context, node) + describe_libraries(request);
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }
  // 3. The verdict.
  parallel::run_together(world, [&] {
    pipeline::require_within_budget(context.stages, context.config, context.budget);
    pipeline::require_node_holds(context, node);
  });
  logging::info("{}: inputs are in order and every stage fits", run::word_of(run::Job::preflight));
}

}  // namespace lightreasoner::jobs
