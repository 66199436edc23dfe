// SPDX-License-Identifier: Apache-2.0
/// Finding a step's floor set: a bounded list of candidates, filled on the way over the row, and
/// the exact test once log pi_E is known. Private to the module.
#pragma once

#include "kernels/contrast_rows.hpp"
#include "kernels/plausibility.hpp"
#include "kernels/row_sums.hpp"

#include <cstdint>

namespace lightreasoner::kernels {

/// The least logit of a candidate. Candidates are chosen before log pi_E is known, so the bound
/// lies below the floor by more than all rounding between a logit and its fp32 log-probability.
KOKKOS_INLINE_FUNCTION float candidate_bound(float top, float log_floor) {
  constexpr double slack = 1e-3;
  const double bound = static_cast<double>(top) + log_floor - slack;
  return static_cast<float>(bound - 1e-7 * math::fabs(bound));
}

/// Candidates read straight from the logits.
struct RowSource {
  RowPair rows;
  KOKKOS_INLINE_FUNCTION Candidate operator()(int i) const {
    return {i, rows.expert[i], rows.amateur[i]};
  }
};

/// Candidates collected before.
struct ListSource {
  const Candidate* list;
  KOKKOS_INLINE_FUNCTION Candidate operator()(int i) const { return list[i]; }
};

/// The plausibility test on raw logits.
struct FloorTest {
  double log_normaliser;  ///< log sum exp of the expert's raw logits
  float top_log_probability;
  float log_floor;

  KOKKOS_INLINE_FUNCTION float log_probability(float logit) const {
    return static_cast<float>(logit - log_normaliser);
  }
  KOKKOS_INLINE_FUNCTION bool operator()(const Candidate& candidate) const {
    return is_plausible(log_probability(candidate.expert), top_log_probability, log_floor);
  }
};

/// How many of source(0), ..., source(size - 1) pass the test.
template <typename Source, typename Test>
KOKKOS_INLINE_FUNCTION int count_passing(const Team& team, int size, const Source& source,
                                         const Test& passes) {
  int count = 0;
  Kokkos::parallel_reduce(
      Kokkos::TeamThreadRange(team, size),
      [&](int i, int& sum) { sum += passes(source(i)) ? 1 : 0; }, count);
  return count;
}

/// Calls write(k, candidate) with the k-th one that passes, in order of index.
template <typename Source, typename Test, typename Write>
KOKKOS_INLINE_FUNCTION void write_passing(const Team& team, int size, const Source& source,
                                          const Test& passes, const Write& write) {
  Kokkos::parallel_scan(Kokkos::TeamThreadRange(team, size), [&](int i, int& position, bool final) {
    const Candidate candidate = source(i);
    if (passes(candidate)) {
      if (final) {
        write(position, candidate);
      }
      ++position;
    }
  });
}

KOKKOS_INLINE_FUNCTION int count_at_least(const float* run, float bound) {
  int count = 0;
  for (int i = 0; i < run_length; ++i) {
    count += run[i] >= bound ? 1 : 0;
  }
  return count;
}

/// The step's candidate list; every thread of the team holds the same size.
struct CandidateList {
  Candidate* entries;
  int size = 0;
  bool overflowed = false;

  /// Adds the ids of num_runs runs from id `first` on whose expert logit is at least `bound`,
  /// a finite number.
  KOKKOS_INLINE_FUNCTION void collect(const Team& team, const RowPair& rows, int first,
                                      int num_runs, float bound) {
    int num_new = 0;
    Kokkos::parallel_reduce(
        Kokkos::TeamThreadRange(team, num_runs),
        [&](int run, int& sum) {
          float padded[run_length];
          const int start = first + run * run_length;
          sum += count_at_least(run_at(rows.expert, start, rows.vocabulary, padded), bound);
        },
        num_new);
    if (size + num_new > max_candidates) {
      drop_below(team, bound);
    }
    overflowed = size + num_new > max_candidates;
    if (overflowed) {
      return;
    }
    Candidate* const end = entries + size;
    Kokkos::parallel_scan(
        Kokkos::TeamThreadRange(team, num_runs), [&](int run, int& position, bool final) {
          float padded[run_length];
          const int start = first + run * run_length;
          const float* logits = run_at(rows.expert, start, rows.vocabulary, padded);
          const int count = count_at_least(logits, bound);
          if (final && count > 0) {
            Candidate* next = end + position;
            for (int i = 0; i < run_length; ++i) {
              if (logits[i] >= bound) {
                *next++ = {start + i, logits[i], rows.amateur[start + i]};
              }
            }
          }
          position += count;
        });
    size += num_new;
    team.team_barrier();
  }

  /// By one thread: short, rare, and in place.
  KOKKOS_INLINE_FUNCTION void drop_below(const Team& team, float bound) {
    const int old_size = size;
    Candidate* const list = entries;
    Kokkos::single(
        Kokkos::PerTeam(team),
        [=](int& kept) {
          kept = 0;
          for (int i = 0; i < old_size; ++i) {
            if (list[i].expert >= bound) {
              list[kept++] = list[i];
            }
          }
        },
        size);
    team.team_barrier();
  }
};

}  // namespace lightreasoner::kernels
