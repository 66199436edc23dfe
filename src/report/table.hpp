// SPDX-License-Identifier: Apache-2.0
/// A run's numbers as a table for a terminal.
#pragma once

#include "report/run_summary.hpp"

#include <string>

namespace lightreasoner::report {

/// The head table as plain text, a line each, ready for a terminal. `report_path` is its last line.
[[nodiscard]] std::string format_table(const RunSummary& summary, const std::string& report_path);

}  // namespace lightreasoner::report
