// SPDX-License-Identifier: Apache-2.0
/// The two kernels of a chunk of steps and the data that passes between them. Private to the
/// module.
#pragma once

#include "contrast/floor_set.hpp"
#include "contrast/row_sums.hpp"
#include "contrast/step_contrasts.hpp"

#include <cstdint>

namespace lightreasoner::contrast::kernel {

using LogitView = Kokkos::View<const float**, Kokkos::LayoutStride, Space::memory_space,
                               Kokkos::MemoryTraits<Kokkos::Unmanaged>>;
using CandidateView = Kokkos::View<Candidate**, Kokkos::LayoutRight, Space>;  // [step, candidate]

/// What the first kernel finds out about one model's logits at a step.
struct ModelSums {
  double mass;            // relative to the greatest logit, as RowSums
  double log_normaliser;  // log sum exp of the raw logits
  double entropy;
};

/// What the first kernel leaves of a step.
struct StepSums {
  RowTops tops;
  ModelSums expert;
  ModelSums amateur;
  double kl;
  int list_size;         // candidates
  bool list_overflowed;  // there were more; the row has to be read again
  int floor_size;
};

using StepSumsView = Kokkos::View<StepSums*, Space>;
template <typename Value>
using DeviceView = Kokkos::View<Value*, Space>;

/// What both kernels work on, captured by value.
struct Chunk {
  LogitView expert;          // [step, vocabulary]
  LogitView amateur;         // [step, vocabulary]
  CandidateView candidates;  // [step, candidate]
  StepSumsView sums;         // [step]
  float log_floor;

  KOKKOS_INLINE_FUNCTION RowPair rows(int step) const {
    return {&expert(step, 0), &amateur(step, 0), static_cast<int>(expert.extent(1))};
  }
};

/// The floor sets of a chunk: offsets [step + 1], the rest [entry].
using FloorViews = FloorSetsIn<DeviceView>;

/// Sums, candidate list and floor set's size of every step. Each logit row is read from
/// memory once, and once more when its candidates outgrow the list.
void sum_steps(const Chunk& chunk);

/// Fills the floor sets; `sets.offsets` are the running sums of the steps' floor sizes.
void write_floor_sets(const Chunk& chunk, const FloorViews& sets);

}  // namespace lightreasoner::contrast::kernel
