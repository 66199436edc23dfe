// SPDX-License-Identifier: Apache-2.0
/// The contrast of pairs of logit rows, in two kernels: statistics and the size of each floor set,
/// then the floor sets. Addresses are of the device that the rows are on; nothing is allocated and
/// nothing waits.
#pragma once

#include "kernels/floor_places.hpp"
#include "kernels/logit_rows.hpp"

#include <cstdint>
#include <limits>

namespace lightreasoner::kernels {

inline constexpr float infinity = std::numeric_limits<float>::infinity();

/// Greatest logit of each row and its id. Ties go to the lowest id, NaN never wins. (Here and in
/// plausibility.hpp constexpr functions are called in device code: nvcc needs
/// --expt-relaxed-constexpr, which Kokkos_ENABLE_CUDA_CONSTEXPR sets.)
struct RowTops {
  float expert = -infinity;
  float amateur = -infinity;
  std::int32_t expert_id = 0;
  std::int32_t amateur_id = 0;

  constexpr void merge(const RowTops& other) {
    take_greater(expert, expert_id, other.expert, other.expert_id);
    take_greater(amateur, amateur_id, other.amateur, other.amateur_id);
  }

 private:
  static constexpr void take_greater(float& top, std::int32_t& id, float other,
                                     std::int32_t other_id) {
    if (other > top || (other == top && other_id < id)) {
      top = other;
      id = other_id;
    }
  }
};

/// What the first kernel finds out about one model's logits at a step.
struct ModelSums {
  double mass;            ///< sum of exp(x - top)
  double log_normaliser;  ///< log sum exp of the raw logits
  double entropy;         ///< nats
};

/// What the first kernel leaves of a step.
struct StepSums {
  RowTops tops;
  ModelSums expert;
  ModelSums amateur;
  double kl;             ///< D_t, nats
  int list_size;         ///< candidates
  bool list_overflowed;  ///< there were more; the row has to be read again
  int floor_size;        ///< entries of the floor set
};

/// A token that may belong to the floor set.
struct Candidate {
  std::int32_t id;
  float expert;   ///< raw logit
  float amateur;  ///< raw logit
};

inline constexpr int max_candidates = 2048;  ///< listed of a step

/// What both kernels work on.
struct RowPairs {
  LogitRows expert;
  LogitRows amateur;
  Candidate* candidates;  ///< [step, max_candidates]: passes from the first to the second
  StepSums* sums;         ///< [step]
  float log_floor;        ///< log_threshold of the plausibility floor
};

/// Sums, candidate list and floor set's size of every step. Each logit row is read from
/// memory once, and once more when its candidates outgrow the list.
void sum_steps(const RowPairs& pairs);

/// Fills the floor sets of steps that sum_steps has seen.
void write_floor_sets(const RowPairs& pairs, const FloorPlaces& places);

}  // namespace lightreasoner::kernels
