// SPDX-License-Identifier: Apache-2.0
#include "sampling/sample_problems.hpp"

#include "logging/progress.hpp"
#include "parallel/dealing.hpp"

#include <algorithm>

namespace lightreasoner::sampling {
namespace {

std::span<const problems::Problem> problems_of_unit(std::span<const problems::Problem> problems,
                                                    const records::Layout& layout,
                                                    std::uint64_t unit) {
  const std::uint64_t first = layout.first_problem_of_unit(unit);
  const std::uint64_t last = std::min(first + layout.problems_per_unit, layout.num_problems);
  return problems.subspan(first, last - first);
}

std::uint64_t num_problems_in(std::span<const std::uint64_t> units, const records::Layout& layout) {
  std::uint64_t count = 0;
  for (const std::uint64_t unit : units) {
    count += std::min(layout.problems_per_unit,
                      layout.num_problems - layout.first_problem_of_unit(unit));
  }
  return count;
}

}  // namespace

void sample_problems(const parallel::Communicator& comm, const Pair& pair,
                     std::span<const problems::Problem> problems, const StageSettings& settings,
                     records::Store& store) {
  const records::Layout layout = store.manifest().layout;
  const std::uint64_t num_shards = layout.num_shards();
  std::uint64_t done =
      layout.num_problems - num_problems_in(store.missing_units(0, num_shards), layout);
  logging::Progress progress("sampling", "problems", layout.num_problems, done);

  for (std::uint64_t shard = 0; shard < num_shards;) {
    const std::uint64_t last = std::min(shard + settings.records.shards_per_commit, num_shards);
    const std::vector<std::uint64_t> missing = store.missing_units(shard, last);
    const std::uint64_t window_problems = num_problems_in(missing, layout);
    // An error here ends all ranks at once (run_guarded); units finished so far are journaled.
    parallel::for_each_unit(
        comm, missing, {progress, done, window_problems}, [&](std::uint64_t unit) {
          store.append(unit, sample_unit(pair, problems_of_unit(problems, layout, unit),
                                         settings.sampling, settings.plausibility_floor));
        });
    store.commit(shard, last);
    done += window_problems;
    progress.update(done);
    shard = last;
  }
}

}  // namespace lightreasoner::sampling
