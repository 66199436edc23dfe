// SPDX-License-Identifier: Apache-2.0
/// What lies in a run directory, as the numbers that a report shows.
#pragma once

#include "contrast/select_steps.hpp"
#include "report/run_summary.hpp"
#include "run/run_directory.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace lightreasoner::report {

/// What a report is told of a run beside its files.
struct RunFacts {
  std::string set;            ///< the test set's name
  contrast::Config contrast;  ///< by which steps are counted as selected
  bool samples_given = false;
  std::vector<std::pair<std::string, std::string>> settings;
  std::set<std::string> intact;  ///< stages whose results can be shown (run::stage_name)
};

/// Reads the results of the stages that are intact. Throws UserError naming a damaged file. One
/// rank reads.
[[nodiscard]] RunSummary read_run(const run::RunDirectory& directory, const RunFacts& facts);

}  // namespace lightreasoner::report
