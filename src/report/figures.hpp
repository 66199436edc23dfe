// SPDX-License-Identifier: Apache-2.0
/// The report's figures, each a whole <figure>, or a sentence when there is nothing to draw yet.
#pragma once

#include "report/run_summary.hpp"

#include <string>

namespace lightreasoner::report {

/// Accuracy before and after with 95 % intervals, on one axis of percent.
[[nodiscard]] std::string accuracy_figure(const RunSummary& summary);
/// Mean loss over updates, raw and smoothed.
[[nodiscard]] std::string loss_figure(const RunSummary& summary);
/// Steps by D_t on a logarithmic axis, so that the many small values, the tail and kl_beta show at
/// once; bars end at kl_beta, so that none is half selected.
[[nodiscard]] std::string kl_figure(const RunSummary& summary);

}  // namespace lightreasoner::report
