// SPDX-License-Identifier: Apache-2.0
#include "contrast/contrast_distributions.hpp"

#include "contrast/floor_sets.hpp"
#include "kernels/plausibility.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <cmath>

namespace lightreasoner::contrast {
namespace {

using kernels::DistributionStep;

void require_fit(const Distributions& expert, const Distributions& amateur) {
  for (const LogitRows* rows : {&expert.logarithms, &amateur.probabilities, &amateur.logarithms}) {
    support::require(rows->num_rows == expert.probabilities.num_rows &&
                         rows->vocabulary == expert.probabilities.vocabulary,
                     "expert and amateur distributions differ in shape");
  }
}

ModelStatistics<Scalar> statistics_of(const kernels::DistributionSums& sums) {
  return {.entropy = static_cast<float>(std::max(sums.entropy, 0.0)),
          .top_id = sums.top_id,
          .top_probability = sums.top_probability,
          .lost_mass = static_cast<float>(std::clamp(1.0 - sums.mass, 0.0, 1.0))};
}

/// Throws InvalidLogits for the lowest bad row.
void append_sums(StepContrasts& contrasts, const std::vector<DistributionStep>& steps) {
  for (std::size_t index = 0; index < steps.size(); ++index) {
    const DistributionStep& step = steps[index];
    if (!std::isfinite(step.kl)) {
      throw InvalidLogits(static_cast<std::int64_t>(index),
                          std::isnan(step.expert.mass + step.amateur.mass)
                              ? "a probability is NaN"
                              : "the amateur gives probability zero to a token that the "
                                "expert gives more");
    }
    // Rows that are not normalised can diverge by less than nothing.
    append_step(contrasts, {.kl = static_cast<float>(std::max(step.kl, 0.0)),
                            .expert = statistics_of(step.expert),
                            .amateur = statistics_of(step.amateur)});
    contrasts.floor.offsets.push_back(contrasts.floor.offsets.back() +
                                      static_cast<std::uint64_t>(step.floor_size));
  }
}

}  // namespace

StepContrasts contrast_distributions(const Distributions& expert, const Distributions& amateur,
                                     float plausibility_floor, double log_epsilon,
                                     device::Device device) {
  require_fit(expert, amateur);
  const device::Buffer<DistributionStep> steps(
      static_cast<std::size_t>(expert.probabilities.num_rows), device);
  const kernels::DistributionPairs pairs{expert, amateur, log_epsilon,
                                         kernels::log_threshold(plausibility_floor), steps.data()};
  kernels::sum_steps(pairs);
  StepContrasts contrasts;
  append_sums(contrasts, steps.to_host());
  fetch_floor_sets(contrasts.floor, device, [&](const kernels::FloorPlaces& places) {
    kernels::write_floor_sets(pairs, places);
  });
  return contrasts;
}

}  // namespace lightreasoner::contrast
