// SPDX-License-Identifier: Apache-2.0
#include "kernels/contrast_rows.hpp"

#include "kernels/execution.hpp"
#include "kernels/floor_set.hpp"
#include "kernels/row_sums.hpp"

// One team walks one pair of rows, tile by tile. A tile's logits come from memory when its greatest
// logits are sought and from cache when it is summed, so each row is read from memory once. Ids
// that may belong to the floor set are collected on the way, against the greatest logit so far,
// into a list of bounded size. Rows whose candidates outgrow the list, flat ones, are read again:
// once to count their floor set and once to write it.
namespace lightreasoner::kernels {
namespace {

constexpr int tile_length = 4096;  // both rows' tiles, 32 KiB, stay in a core's cache

KOKKOS_INLINE_FUNCTION RowTops tops_of_tile(const Team& team, const RowPair& rows, int first,
                                            int num_runs) {
  RowTops tops;
  Kokkos::parallel_reduce(
      Kokkos::TeamVectorRange(team, num_runs),
      [&](int run, RowTops& best) {
        float padded[run_length];
        const int start = first + run * run_length;
        raise_top(run_at(rows.expert, start, rows.vocabulary, padded), start, best.expert,
                  best.expert_id);
        raise_top(run_at(rows.amateur, start, rows.vocabulary, padded), start, best.amateur,
                  best.amateur_id);
      },
      Merge<RowTops>(tops));
  return tops;
}

KOKKOS_INLINE_FUNCTION RowSums sums_of_tile(const Team& team, const RowPair& rows, int first,
                                            int num_runs, const RowTops& tops) {
  // Without a finite logit so far every term is exp(-inf) = 0, whatever it is taken relative to.
  const float expert_top = tops.expert == -infinity ? 0.0F : tops.expert;
  const float amateur_top = tops.amateur == -infinity ? 0.0F : tops.amateur;
  RowSums sums;
  Kokkos::parallel_reduce(
      Kokkos::TeamVectorRange(team, num_runs),
      [&](int run, RowSums& partial) {
        float padded_expert[run_length];
        float padded_amateur[run_length];
        const int start = first + run * run_length;
        add_run(run_at(rows.expert, start, rows.vocabulary, padded_expert),
                run_at(rows.amateur, start, rows.vocabulary, padded_amateur), expert_top,
                amateur_top, partial);
      },
      Merge<RowSums>(sums));
  return sums;
}

/// D_t = sum pi_E (log pi_E - log pi_A) and both entropies, from sums relative to the tops.
KOKKOS_INLINE_FUNCTION StepSums finish(const RowTops& tops, const RowSums& sums) {
  const double expert_log_mass = math::log(sums.expert_mass);
  const double amateur_log_mass = math::log(sums.amateur_mass);
  StepSums step;
  step.tops = tops;
  step.expert.mass = sums.expert_mass;
  step.amateur.mass = sums.amateur_mass;
  step.expert.log_normaliser = tops.expert + expert_log_mass;
  step.amateur.log_normaliser = tops.amateur + amateur_log_mass;
  step.kl = sums.gap_moment / sums.expert_mass - expert_log_mass + amateur_log_mass;
  step.expert.entropy = expert_log_mass - sums.expert_moment / sums.expert_mass;
  step.amateur.entropy = amateur_log_mass - sums.amateur_moment / sums.amateur_mass;
  return step;
}

KOKKOS_INLINE_FUNCTION FloorTest floor_test(const StepSums& step, float log_floor) {
  return {step.expert.log_normaliser,
          static_cast<float>(step.tops.expert - step.expert.log_normaliser), log_floor};
}

KOKKOS_INLINE_FUNCTION StepSums contrast_rows(const Team& team, const RowPair& rows,
                                              CandidateList list, float log_floor) {
  RowTops tops;
  RowSums sums;
  for (int first = 0; first < rows.vocabulary; first += tile_length) {
    const int left = rows.vocabulary - first;
    const int length = left < tile_length ? left : tile_length;
    const int num_runs = (length + run_length - 1) / run_length;
    const RowTops tile_tops = tops_of_tile(team, rows, first, num_runs);
    const RowTops old_tops = tops;
    tops.merge(tile_tops);
    sums.rescale(old_tops, tops);
    sums.merge(sums_of_tile(team, rows, first, num_runs, tops));
    if (!list.overflowed && tile_tops.expert > -infinity) {
      const float bound = candidate_bound(tops.expert, log_floor);
      if (tile_tops.expert >= bound) {
        list.collect(team, rows, first, num_runs, bound);
      }
    }
  }
  StepSums step = finish(tops, sums);
  const FloorTest passes = floor_test(step, log_floor);
  step.list_size = list.size;
  step.list_overflowed = list.overflowed;
  step.floor_size = list.overflowed
                        ? count_passing(team, rows.vocabulary, RowSource{rows}, passes)
                        : count_passing(team, list.size, ListSource{list.entries}, passes);
  return step;
}

KOKKOS_INLINE_FUNCTION Candidate* candidates_of(const RowPairs& pairs, int step) {
  return pairs.candidates + std::int64_t{step} * max_candidates;
}

// HIP takes larger functors through memory that has to be waited for.
static_assert(sizeof(RowPairs) + sizeof(FloorPlaces) < 512);

}  // namespace

void sum_steps(const RowPairs& pairs) {
  const device::LaunchScope scope;
  Kokkos::parallel_for(
      "lightreasoner::sum_steps", one_team_each(scope, pairs.expert.num_rows),
      KOKKOS_LAMBDA(const Team& team) {
        const int step = team.league_rank();
        const StepSums result = contrast_rows(
            team, RowPair(pairs, step), CandidateList{candidates_of(pairs, step)}, pairs.log_floor);
        Kokkos::single(Kokkos::PerTeam(team), [&] { pairs.sums[step] = result; });
      });
}

void write_floor_sets(const RowPairs& pairs, const FloorPlaces& places) {
  const device::LaunchScope scope;
  Kokkos::parallel_for(
      "lightreasoner::write_floor_sets", one_team_each(scope, pairs.expert.num_rows),
      KOKKOS_LAMBDA(const Team& team) {
        const int step = team.league_rank();
        const StepSums sums = pairs.sums[step];
        const FloorTest passes = floor_test(sums, pairs.log_floor);
        const auto write = [&](int position, const Candidate& candidate) {
          const std::uint64_t entry = places.offsets[step] + static_cast<std::uint64_t>(position);
          places.ids[entry] = candidate.id;
          places.expert_log_probability[entry] = passes.log_probability(candidate.expert);
          places.amateur_log_probability[entry] =
              static_cast<float>(candidate.amateur - sums.amateur.log_normaliser);
        };
        if (sums.list_overflowed) {
          const RowPair rows(pairs, step);
          write_passing(team, rows.vocabulary, RowSource{rows}, passes, write);
        } else {
          const ListSource list{candidates_of(pairs, step)};
          write_passing(team, sums.list_size, list, passes, write);
        }
      });
}

}  // namespace lightreasoner::kernels
