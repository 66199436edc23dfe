// SPDX-License-Identifier: Apache-2.0
/// A run's numbers as a page with figures.
#pragma once

#include "report/run_summary.hpp"

#include <string>

namespace lightreasoner::report {

/// One self-contained HTML page: head table, loss curve and KL histogram as inline SVG with axes,
/// units and the kl_beta line; readable in light and dark, without scripts or network.
[[nodiscard]] std::string format_html(const RunSummary& summary);

}  // namespace lightreasoner::report
