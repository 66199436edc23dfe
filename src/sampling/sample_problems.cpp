// SPDX-License-Identifier: Apache-2.0
#include "sampling/sample_problems.hpp"

#include "logging/progress.hpp"
#include "parallel/dealing.hpp"

#include <algorithm>

namespace lightreasoner::sampling {
void sample_problems(const parallel::Communicator& comm, const Pair& pair,
                     std::span<const problems::Problem> problems, const StageSettings& settings,
                     records::Store& store) {
  const records::Layout layout = store.manifest().layout;
  const std::uint64_t num_shards = layout.num_shards();
  std::uint64_t done =
      layout.num_problems - layout.num_problems_in(store.missing_units(0, num_shards));
  logging::Progress progress("sampling", "problems", layout.num_problems, done);

  for (std::uint64_t shard = 0; shard < num_shards;) {
    const std::uint64_t last = std::min(shard + settings.records.shards_per_commit, num_shards);
    const std::vector<std::uint64_t> missing = store.missing_units(shard, last);
    const std::uint64_t window_problems = layout.num_problems_in(missing);
    // An error here ends all ranks at once (run_guarded); units finished so far are journaled.
    parallel::for_each_unit(
        comm, missing, {progress, done, window_problems}, [&](std::uint64_t unit) {
          const records::IndexRange range = layout.problems_of_unit(unit);
          store.append(unit, sample_unit(pair, problems.subspan(range.first, range.size()),
                                         settings.sampling, settings.plausibility_floor));
        });
    store.commit(shard, last);
    done += window_problems;
    progress.update(done);
    shard = last;
  }
}

}  // namespace lightreasoner::sampling
