// SPDX-License-Identifier: Apache-2.0
#include "kernels/contrast_distributions.hpp"

#include "kernels/execution.hpp"
#include "kernels/floor_set.hpp"
#include "kernels/row_sums.hpp"

namespace lightreasoner::kernels {
namespace {

KOKKOS_INLINE_FUNCTION const float* row_of(const LogitRows& rows, int step) {
  return static_cast<const float*>(rows.values) + step * rows.row_stride;
}

/// One model's rows at a step, [width] each.
struct Row {
  const float* probabilities;
  const float* logarithms;

  KOKKOS_INLINE_FUNCTION Row(const Distributions& model, int step)
      : probabilities(row_of(model.probabilities, step)),
        logarithms(row_of(model.logarithms, step)) {}
};

KOKKOS_INLINE_FUNCTION void add_probability(DistributionSums& sums, float value, int id) {
  sums.mass += value;
  sums.entropy -= value > 0 ? value * math::log(double{value}) : 0.0;
  if (value > sums.top_probability) {
    sums.top_probability = value;
    sums.top_id = id;
  }
}

KOKKOS_INLINE_FUNCTION void merge_sums(DistributionSums& sums, const DistributionSums& other) {
  sums.mass += other.mass;
  sums.entropy += other.entropy;
  if (other.top_probability > sums.top_probability ||
      (other.top_probability == sums.top_probability && other.top_id < sums.top_id)) {
    sums.top_probability = other.top_probability;
    sums.top_id = other.top_id;
  }
}

/// A step's sums while they are made.
struct Partial {
  DistributionStep step;

  KOKKOS_INLINE_FUNCTION void merge(const Partial& other) {
    merge_sums(step.expert, other.step.expert);
    merge_sums(step.amateur, other.step.amateur);
    step.kl += other.step.kl;
  }
};

/// Candidates of the floor set, by their logarithms; what has no probability is none.
struct LogarithmSource {
  Row expert;
  Row amateur;

  KOKKOS_INLINE_FUNCTION Candidate operator()(int id) const {
    return {id, expert.probabilities[id] > 0 ? expert.logarithms[id] : -infinity,
            amateur.logarithms[id]};
  }
};

struct LogarithmTest {
  float top;
  float log_floor;

  KOKKOS_INLINE_FUNCTION bool operator()(const Candidate& candidate) const {
    return is_plausible(candidate.expert, top, log_floor);
  }
};

KOKKOS_INLINE_FUNCTION DistributionStep contrast_step(const Team& team,
                                                      const DistributionPairs& pairs, int index) {
  const Row p(pairs.expert, index);
  const Row q(pairs.amateur, index);
  const auto width = static_cast<int>(pairs.expert.probabilities.vocabulary);
  const double epsilon = pairs.epsilon;
  Partial sums;
  Kokkos::parallel_reduce(
      Kokkos::TeamThreadRange(team, width),
      [&](int id, Partial& partial) {
        add_probability(partial.step.expert, p.probabilities[id], id);
        add_probability(partial.step.amateur, q.probabilities[id], id);
        const double weight = p.probabilities[id] + epsilon;
        // 0 log 0 = 0: nothing is asked of the amateur where the expert gives nothing.
        partial.step.kl +=
            weight == 0 ? 0.0 : weight * (double{p.logarithms[id]} - q.logarithms[id]);
      },
      Merge<Partial>(sums));
  DistributionStep step = sums.step;
  const LogarithmTest passes{p.logarithms[step.expert.top_id], pairs.log_floor};
  step.floor_size = count_passing(team, width, LogarithmSource{p, q}, passes);
  return step;
}

static_assert(sizeof(DistributionPairs) + sizeof(FloorPlaces) < 512);

}  // namespace

void sum_steps(const DistributionPairs& pairs) {
  const device::LaunchScope scope;
  Kokkos::parallel_for(
      "lightreasoner::sum_steps of distributions",
      one_team_each(scope, pairs.expert.probabilities.num_rows), KOKKOS_LAMBDA(const Team& team) {
        const int index = team.league_rank();
        const DistributionStep step = contrast_step(team, pairs, index);
        Kokkos::single(Kokkos::PerTeam(team), [&] { pairs.steps[index] = step; });
      });
}

void write_floor_sets(const DistributionPairs& pairs, const FloorPlaces& places) {
  const device::LaunchScope scope;
  Kokkos::parallel_for(
      "lightreasoner::write_floor_sets of distributions",
      one_team_each(scope, pairs.expert.probabilities.num_rows), KOKKOS_LAMBDA(const Team& team) {
        const int index = team.league_rank();
        const Row p(pairs.expert, index);
        const Row q(pairs.amateur, index);
        const LogarithmTest passes{p.logarithms[pairs.steps[index].expert.top_id], pairs.log_floor};
        write_passing(team, static_cast<int>(pairs.expert.probabilities.vocabulary),
                      LogarithmSource{p, q}, passes, [&](int position, const Candidate& candidate) {
                        const std::uint64_t entry =
                            places.offsets[index] + static_cast<std::uint64_t>(position);
                        places.ids[entry] = candidate.id;
                        places.expert_log_probability[entry] = candidate.expert;
                        places.amateur_log_probability[entry] = candidate.amateur;
                      });
      });
}

}  // namespace lightreasoner::kernels
