// SPDX-License-Identifier: Apache-2.0
/// The numbers a person wants after a run.
#pragma once

#include "evaluation/score.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lightreasoner::report {

/// Probability that a model gives to tokens the other one does not have, over the steps seen.
struct LostMass {
  double mean = 0;
  double largest = 0;
};

/// The expert on the test set.
struct Accuracy {
  std::string set;  ///< its name
  std::optional<evaluation::Score> before, after;
  std::optional<double> mcnemar_p;  ///< of the change
};

/// What sampling saw.
struct StepSummary {
  std::uint64_t num_problems = 0;
  std::uint64_t num_skipped = 0;  ///< problems left out because they are too long
  std::uint64_t num_steps = 0;
  std::uint64_t num_selected = 0;
  LostMass expert_lost_mass, amateur_lost_mass;
  std::vector<float> step_kl;  ///< D_t of all steps, in nats
  float kl_beta = 0;
};

/// What updates took, and what came of them.
struct UpdateSummary {
  bool samples_given = false;   ///< samples.file stood in for sampling
  std::uint64_t num_steps = 0;  ///< distinct selected steps that updates took
  std::vector<double> losses;   ///< mean loss of each update
};

struct RunSummary {
  std::string title;  ///< run directory's name
  Accuracy accuracy;
  StepSummary steps;
  UpdateSummary tuning;
  std::vector<std::pair<std::string, double>> stage_seconds;  ///< in order of stages
  std::vector<std::pair<std::string, std::string>> settings;  ///< shown at the page's end
};

}  // namespace lightreasoner::report
