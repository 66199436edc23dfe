// SPDX-License-Identifier: Apache-2.0
/// The contrast of two logit rows by plain loops in double precision, straight from the equations.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace lightreasoner::contrast::testing {

struct ReferenceContrast {
  double kl = 0;
  double expert_entropy = 0;
  double amateur_entropy = 0;
  std::int32_t expert_top_id = 0;
  std::int32_t amateur_top_id = 0;
  std::vector<double> expert_log_probability;   ///< [vocabulary]
  std::vector<double> amateur_log_probability;  ///< [vocabulary]
};

template <typename Logits>
std::vector<double> log_softmax(const Logits& logits) {
  double top = -std::numeric_limits<double>::infinity();
  for (const double logit : logits) {
    top = std::max(top, logit);
  }
  double sum = 0;
  for (const double logit : logits) {
    sum += std::exp(logit - top);
  }
  std::vector<double> result;
  for (const double logit : logits) {
    result.push_back(logit - top - std::log(sum));
  }
  return result;
}

inline double entropy(const std::vector<double>& log_probability) {
  double sum = 0;
  for (const double value : log_probability) {
    sum -= value == -std::numeric_limits<double>::infinity() ? 0 : std::exp(value) * value;
  }
  return sum;
}

inline ReferenceContrast reference_contrast(std::span<const float> expert,
                                            std::span<const float> amateur) {
  ReferenceContrast result;
  result.expert_log_probability = log_softmax(expert);
  result.amateur_log_probability = log_softmax(amateur);
  result.expert_entropy = entropy(result.expert_log_probability);
  result.amateur_entropy = entropy(result.amateur_log_probability);
  for (std::size_t v = 0; v < expert.size(); ++v) {
    const double log_expert = result.expert_log_probability[v];
    if (log_expert != -std::numeric_limits<double>::infinity()) {
      result.kl += std::exp(log_expert) * (log_expert - result.amateur_log_probability[v]);
    }
  }
  const auto top = [](std::span<const float> row) {
    return static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
  };
  result.expert_top_id = top(expert);
  result.amateur_top_id = top(amateur);
  return result;
}

}  // namespace lightreasoner::contrast::testing
