// SPDX-License-Identifier: Apache-2.0
#include "contrast/select_steps.hpp"

#include "kernels/plausibility.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

namespace lightreasoner::contrast {
namespace {

/// Replaces scores by their softmax, in double.
void softmax(std::span<double> scores) {
  const double top = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) {
    score = std::exp(score - top);
    sum += score;
  }
  for (double& score : scores) {
    score /= sum;
  }
}

/// Appends the label of one step.
void append_label(SoftLabels& labels, const StepContrasts& contrasts, std::size_t step,
                  float log_alpha) {
  const std::uint64_t first = contrasts.floor.offsets[step];
  const std::uint64_t last = contrasts.floor.offsets[step + 1];
  // A step's most probable token is always in its floor set.
  support::require(first < last, "a selected step has an empty floor set");
  const auto& expert = contrasts.floor.expert_log_probability;
  const auto& amateur = contrasts.floor.amateur_log_probability;
  const float top = *std::max_element(expert.begin() + static_cast<std::ptrdiff_t>(first),
                                      expert.begin() + static_cast<std::ptrdiff_t>(last));
  std::vector<double> weights;
  for (std::uint64_t entry = first; entry < last; ++entry) {
    if (kernels::is_plausible(expert[entry], top, log_alpha)) {
      labels.ids.push_back(contrasts.floor.ids[entry]);
      weights.push_back(static_cast<double>(expert[entry]) - static_cast<double>(amateur[entry]));
    }
  }
  softmax(weights);
  for (const double weight : weights) {
    labels.weights.push_back(static_cast<float>(weight));
  }
  labels.steps.push_back(step);
  labels.offsets.push_back(labels.ids.size());
}

}  // namespace

void validate(const Config& config) {
  if (config.plausibility_alpha < config.plausibility_floor) {
    throw support::UserError(
        "contrast.plausibility_alpha = " + std::to_string(config.plausibility_alpha) +
        ": is below contrast.plausibility_floor = " + std::to_string(config.plausibility_floor) +
        ", under which nothing is stored; raise alpha or sample again with a lower floor");
  }
}

SoftLabels select_steps(const StepContrasts& contrasts, const Config& config,
                        std::span<const std::uint64_t> trajectory_offsets) {
  support::require(!config.skip_first_step || !trajectory_offsets.empty(),
                   "first steps are skipped where it is known which they are");
  const float log_alpha = kernels::log_threshold(config.plausibility_alpha);
  SoftLabels labels;
  for (std::size_t step = 0; step < contrasts.num_steps(); ++step) {
    const bool skipped =
        config.skip_first_step && std::binary_search(trajectory_offsets.begin(),
                                                     trajectory_offsets.end(), std::uint64_t{step});
    if (contrasts.kl[step] >= config.kl_beta && !skipped) {
      append_label(labels, contrasts, step, log_alpha);
    }
  }
  return labels;
}

}  // namespace lightreasoner::contrast
