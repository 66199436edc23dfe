// SPDX-License-Identifier: Apache-2.0
/// The contrast of pairs of rows of probabilities, as the released Python computes it, in two
/// kernels: statistics and the size of each floor set, then the floor sets. Addresses are of the
/// device that the rows are on; nothing is allocated and nothing waits.
#pragma once

#include "kernels/floor_places.hpp"
#include "kernels/logit_rows.hpp"

#include <cstdint>

namespace lightreasoner::kernels {

/// One model's next-token distributions, float32 rows laid out as logits are.
struct Distributions {
  LogitRows probabilities;  ///< p(v); a row need not sum to 1
  LogitRows logarithms;     ///< log(p(v) + e), in the precision they are to be compared in
};

/// What is summed of one model's distribution at a step.
struct DistributionSums {
  double mass = 0;     ///< sum of p
  double entropy = 0;  ///< nats, of the rows as they are
  float top_probability = -1;
  std::int32_t top_id = 0;  ///< the lowest of equals
};

/// What the first kernel leaves of a step.
struct DistributionStep {
  DistributionSums expert;
  DistributionSums amateur;
  double kl = 0;       ///< sum of (p + e) (log(p + e) - log(q + e)), nats
  int floor_size = 0;  ///< entries of the floor set
};

/// What both kernels work on.
struct DistributionPairs {
  Distributions expert;
  Distributions amateur;
  double epsilon;           ///< e
  float log_floor;          ///< log_threshold of the plausibility floor
  DistributionStep* steps;  ///< [step]
};

/// Sums over each row in ascending order within a thread: on the host those of a plain loop.
void sum_steps(const DistributionPairs& pairs);

/// Fills the floor sets of steps that sum_steps has seen with the logarithms as given.
void write_floor_sets(const DistributionPairs& pairs, const FloorPlaces& places);

}  // namespace lightreasoner::kernels
