// SPDX-License-Identifier: Apache-2.0
/// A finished run's numbers, for the report's tests.
#pragma once

#include "evaluation/statistics.hpp"
#include "report/run_summary.hpp"

#include <cstdint>

namespace lightreasoner::report {

inline evaluation::Score some_score(std::uint64_t correct, std::uint64_t total) {
  return {.correct = correct,
          .total = total,
          .accuracy = static_cast<double>(correct) / static_cast<double>(total),
          .interval = evaluation::wilson_interval(correct, total)};
}

inline RunSummary some_summary() {
  RunSummary summary;
  summary.title = "demo";
  summary.accuracy.set = "test";
  summary.accuracy.before = some_score(160, 400);
  summary.accuracy.after = some_score(353, 400);
  summary.accuracy.mcnemar_p = 5.6e-54;
  summary.steps.num_problems = 400;
  summary.steps.num_steps = 5165;
  summary.steps.num_selected = 969;
  summary.tuning.num_steps = 900;
  summary.stage_seconds = {{"sample", 31}, {"finetune", 93}};
  for (int i = 0; i < 200; ++i) {
    summary.tuning.losses.push_back(1.0 / (1 + i));
    summary.steps.step_kl.push_back(static_cast<float>(i) / 100.0F);
  }
  summary.steps.kl_beta = 0.4F;
  summary.settings = {{"contrast.kl_beta", "0.4"}, {"run.directory", "\"runs/<demo> & more\""}};
  return summary;
}

}  // namespace lightreasoner::report
