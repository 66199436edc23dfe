// SPDX-License-Identifier: Apache-2.0
/// An accuracy with its uncertainty.
#pragma once

#include "evaluation/statistics.hpp"

#include <cstdint>

namespace lightreasoner::evaluation {

struct Score {
  std::uint64_t correct = 0;
  std::uint64_t total = 0;
  std::uint64_t unjudged = 0;  ///< of the wrong ones: Prediction::judged is false
  std::uint64_t too_long = 0;  ///< of the wrong ones: never asked
  double accuracy = 0;         ///< fraction
  Interval interval;           ///< Wilson, 95 %
};

}  // namespace lightreasoner::evaluation
