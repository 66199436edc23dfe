// SPDX-License-Identifier: Apache-2.0
#include "contrast/contrast_distributions.hpp"

#include "contrast/plausibility.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace lightreasoner::contrast {
namespace {

using Row = std::span<const float>;

Row row_of(const LogitRows& rows, std::int64_t index) {
  return {rows.values + index * rows.row_stride, static_cast<std::size_t>(rows.vocabulary)};
}

/// One model's distribution at a step.
struct Distribution {
  Row probabilities;
  Row logarithms;
};

Distribution at_step(const Distributions& model, std::int64_t step) {
  return {row_of(model.probabilities, step), row_of(model.logarithms, step)};
}

double sum_of(Row row) {
  double sum = 0;
  for (const float value : row) {
    sum += value;
  }
  return sum;
}

double divergence(const Distribution& expert, const Distribution& amateur, double epsilon) {
  double sum = 0;
  for (std::size_t v = 0; v < expert.probabilities.size(); ++v) {
    const double weight = expert.probabilities[v] + epsilon;
    // 0 log 0 = 0: nothing is asked of the amateur where the expert gives nothing.
    sum += weight == 0 ? 0.0 : weight * (double{expert.logarithms[v]} - amateur.logarithms[v]);
  }
  return sum;
}

float entropy(Row probabilities) {
  double sum = 0;
  for (const float value : probabilities) {
    sum -= value > 0 ? value * std::log(double{value}) : 0.0;
  }
  return static_cast<float>(std::max(sum, 0.0));
}

std::int32_t top_id(Row row) {
  return static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

float lost_mass(Row row) { return static_cast<float>(std::clamp(1.0 - sum_of(row), 0.0, 1.0)); }

void append_floor_set(FloorSets& sets, const Distribution& expert, const Distribution& amateur,
                      float log_floor) {
  const float top = expert.logarithms[static_cast<std::size_t>(top_id(expert.probabilities))];
  for (std::size_t v = 0; v < expert.probabilities.size(); ++v) {
    if (expert.probabilities[v] > 0 && is_plausible(expert.logarithms[v], top, log_floor)) {
      sets.ids.push_back(static_cast<std::int32_t>(v));
      sets.expert_log_probability.push_back(expert.logarithms[v]);
      sets.amateur_log_probability.push_back(amateur.logarithms[v]);
    }
  }
  sets.offsets.push_back(sets.ids.size());
}

ModelStatistics<Scalar> statistics_of(Row probabilities) {
  const std::int32_t top = top_id(probabilities);
  return {.entropy = entropy(probabilities),
          .top_id = top,
          .top_probability = probabilities[static_cast<std::size_t>(top)],
          .lost_mass = lost_mass(probabilities)};
}

}  // namespace

StepContrasts contrast_distributions(const Distributions& expert, const Distributions& amateur,
                                     float plausibility_floor, double log_epsilon) {
  const float log_floor = log_threshold(plausibility_floor);
  StepContrasts contrasts;
  for (std::int64_t step = 0; step < expert.probabilities.num_rows; ++step) {
    const Distribution p = at_step(expert, step);
    const Distribution q = at_step(amateur, step);
    support::require(p.probabilities.size() == q.probabilities.size() &&
                         p.logarithms.size() == q.logarithms.size(),
                     "expert and amateur distributions differ in shape");
    const double kl = divergence(p, q, log_epsilon);
    if (!std::isfinite(kl)) {
      throw InvalidLogits(step, std::isnan(sum_of(p.probabilities) + sum_of(q.probabilities))
                                    ? "a probability is NaN"
                                    : "the amateur gives probability zero to a token that the "
                                      "expert gives more");
    }
    // Rows that are not normalised can diverge by less than nothing.
    append_step(contrasts, {.kl = static_cast<float>(std::max(kl, 0.0)),
                            .expert = statistics_of(p.probabilities),
                            .amateur = statistics_of(q.probabilities)});
    append_floor_set(contrasts.floor, p, q, log_floor);
  }
  return contrasts;
}

}  // namespace lightreasoner::contrast
