// SPDX-License-Identifier: Apache-2.0
/// The head table's rows, made once for the terminal and the page.
#pragma once

#include "report/run_summary.hpp"

#include <string>
#include <vector>

namespace lightreasoner::report {

struct Row {
  std::string name;
  std::string value;  ///< "not yet" where its stage has not run
  std::string note;   ///< uncertainty or share, may be empty
};

[[nodiscard]] std::vector<Row> head_rows(const RunSummary& summary);

/// In points of percent, "+49.0"; nothing while one of the two is missing.
[[nodiscard]] std::string format_change(const RunSummary& summary);
/// Seconds of all stages together.
[[nodiscard]] double total_seconds(const RunSummary& summary);

}  // namespace lightreasoner::report
