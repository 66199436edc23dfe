// SPDX-License-Identifier: Apache-2.0
/// The problems of a run: to sample and tune on, and held out.
#pragma once

#include "config/run_config.hpp"
#include "inputs/facts.hpp"
#include "parallel/communicator.hpp"
#include "problems/problem.hpp"

#include <cstdint>
#include <vector>

namespace lightreasoner::inputs {

struct ProblemSets {
  std::vector<problems::Problem> supervision;  ///< to sample and tune on
  std::vector<problems::Problem> test;         ///< held out
  std::uint64_t num_skipped = 0;     ///< taken out of `supervision` because they are too long
  std::uint64_t num_unanswered = 0;  ///< of `test`, too long: wrong without being asked
};

/// Reads both sets, each file once, and adds the hashes of their problems' lines to the facts.
/// Throws UserError, agreed, as problems::parse_problems. Collective over world.
[[nodiscard]] ProblemSets read_problem_sets(const parallel::Communicator& world,
                                            const config::RunConfig& config, Facts& facts);

}  // namespace lightreasoner::inputs
