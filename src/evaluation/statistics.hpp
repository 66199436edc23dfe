// SPDX-License-Identifier: Apache-2.0
/// Intervals and tests for accuracies (Boost.Math).
#pragma once

#include <cstdint>

namespace lightreasoner::evaluation {

struct Interval {
  double lower = 0;
  double upper = 1;
};

/// Wilson score interval of `correct` out of `total` at 95 % (Wilson, JASA 1927). total = 0: [0,
/// 1].
[[nodiscard]] Interval wilson_interval(std::uint64_t correct, std::uint64_t total);

/// Two-sided exact McNemar test of paired outcomes: `only_before` pairs right before and wrong
/// after, `only_after` the other way round. Returns the p-value (1 when both are 0).
[[nodiscard]] double mcnemar_exact(std::uint64_t only_before, std::uint64_t only_after);

}  // namespace lightreasoner::evaluation
