// SPDX-License-Identifier: Apache-2.0
#include "contrast/contrast_distributions.hpp"

#include "contrast/floor_sets.hpp"
#include "kernels/plausibility.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <cmath>
#include <string>

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

std::string fault_of(const DistributionStep& step) {
  if (std::isfinite(step.kl)) return "";
  return std::isnan(step.expert.mass + step.amateur.mass)
             ? "a probability is NaN"
             : "the amateur gives probability zero to a token that the expert gives more";
}

ModelStatistics<Scalar> of_model(const kernels::DistributionSums& sums) {
  return {.entropy = static_cast<float>(std::max(sums.entropy, 0.0)),
          .top_id = sums.top_id,
          .top_probability = sums.top_probability,
          .lost_mass = static_cast<float>(std::clamp(1.0 - sums.mass, 0.0, 1.0))};
}

StepContrast statistics_of(const DistributionStep& step) {
  // Rows that are not normalised can diverge by less than nothing.
  return {.kl = static_cast<float>(std::max(step.kl, 0.0)),
          .expert = of_model(step.expert),
          .amateur = of_model(step.amateur)};
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
  append_sums(contrasts, steps.to_host(), fault_of, statistics_of);
  fetch_floor_sets(contrasts.floor, device, [&](const kernels::FloorPlaces& places) {
    kernels::write_floor_sets(pairs, places);
  });
  return contrasts;
}

}  // namespace lightreasoner::contrast
