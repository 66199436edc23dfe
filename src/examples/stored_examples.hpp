// SPDX-License-Identifier: Apache-2.0
/// All examples of a records folder, on every rank.
#pragma once

#include "examples/example.hpp"
#include "parallel/communicator.hpp"
#include "planning/memory_plan.hpp"

#include <cstdint>
#include <filesystem>

namespace lightreasoner::examples {

/// The selected steps of every shard, in record order; the same set on every rank. Shard by shard,
/// so that beside the set at most one shard is held: rank 0 reads and checks it, all are sent it,
/// append its examples and drop it. Throws UserError, agreed, where records are missing or are not
/// what the manifest lists. Collective over comm.
[[nodiscard]] ExampleSet read_examples(const parallel::Communicator& comm,
                                       const std::filesystem::path& records_folder,
                                       const ExampleRules& rules);

/// What samples that were read from a file hold.
[[nodiscard]] planning::MemoryLines plan_memory(const ExampleSet& samples);

/// What the plan of read_examples depends on.
struct RecordsSize {
  std::uint64_t num_problems = 0;
  std::uint64_t problems_per_shard = 0;
  std::uint64_t prompt = 0;  ///< longest, in tokens
  std::uint64_t steps = 0;   ///< most of a problem
};

/// What read_examples holds on each rank at most: the examples, should every step be selected, and
/// the shard being read. Of a step's tokens kernels::planned_entries pass the floor and alpha.
[[nodiscard]] planning::MemoryLines plan_memory(const RecordsSize& records,
                                                const contrast::Config& contrast,
                                                const TuningMethod& method);

}  // namespace lightreasoner::examples
