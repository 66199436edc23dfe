// SPDX-License-Identifier: Apache-2.0
/// What lies in a run directory, as the numbers that a report shows. Each function reads the result
/// of one stage, which must be whole, and adds it to a summary. One rank reads. All throw UserError
/// naming a damaged file.
#pragma once

#include "contrast/select_steps.hpp"
#include "report/run_summary.hpp"
#include "run/names.hpp"
#include "run/run_directory.hpp"

namespace lightreasoner::report {

/// Title and times, of a run without results yet.
[[nodiscard]] RunSummary begin_summary(const run::RunDirectory& directory);

/// The score on one side of tuning; after it, compared with the score before if that was added.
void add_evaluation(RunSummary& summary, const run::RunDirectory& directory, run::TuningSide side);

/// What sampling saw. `selection`: by which steps are counted as selected.
void add_records(RunSummary& summary, const run::RunDirectory& directory,
                 const contrast::Config& selection);

/// What tuning took, and its losses.
void add_tuning(RunSummary& summary, const run::RunDirectory& directory);

}  // namespace lightreasoner::report
