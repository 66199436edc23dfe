// SPDX-License-Identifier: Apache-2.0
#include "examples/stored_examples.hpp"

#include "kernels/plausibility.hpp"
#include "parallel/together.hpp"
#include "records/columns.hpp"
#include "records/manifest.hpp"
#include "records/shard.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace lightreasoner::examples {
namespace {

/// A vector that grows holds at most twice its elements.
template <typename Value>
constexpr std::uint64_t grown_bytes = 2 * sizeof(Value);

std::uint64_t example_bytes(const RecordsSize& records, const contrast::Config& contrast,
                            const TuningMethod& method) {
  const std::uint64_t tokens = records.prompt + records.steps;
  const std::uint64_t trajectory =
      grown_bytes<std::vector<std::int32_t>> + tokens * grown_bytes<std::int32_t>;
  const std::uint64_t label = grown_bytes<ExampleSet::Example> + grown_bytes<std::uint64_t> +
                              kernels::planned_entries(contrast.plausibility_alpha) *
                                  (grown_bytes<std::int32_t> + grown_bytes<float>);
  const std::uint64_t trajectories = method.prefix == text::PrefixForm::text ? records.steps : 1;
  return records.num_problems * (trajectories * trajectory + records.steps * label);
}

std::uint64_t shard_bytes(const RecordsSize& records, const contrast::Config& contrast) {
  return records::unpacking_bytes({std::min(records.num_problems, records.problems_per_shard),
                                   records.prompt, records.steps, contrast.plausibility_floor});
}

}  // namespace

ExampleSet read_examples(const parallel::Communicator& comm,
                         const std::filesystem::path& records_folder, const ExampleRules& rules) {
  const std::string text = parallel::from_root(
      comm, [&] { return records::to_text(records::require_complete_manifest(records_folder)); });
  const records::Manifest manifest = records::parse_manifest(text, records_folder);
  ExampleSet set;
  for (const records::ShardEntry& entry : manifest.shards) {
    append_examples(set, records::read_shard_once(comm, records_folder, entry), rules);
  }
  return set;
}

planning::MemoryLines plan_memory(const ExampleSet& samples) {
  std::uint64_t bytes = samples.trajectories.capacity() * sizeof(std::vector<std::int32_t>);
  for (const std::vector<std::int32_t>& trajectory : samples.trajectories) {
    bytes += trajectory.capacity() * sizeof(std::int32_t);
  }
  bytes += samples.examples.capacity() * sizeof(ExampleSet::Example) +
           samples.label_offsets.capacity() * sizeof(std::uint64_t) +
           samples.label_ids.capacity() * sizeof(std::int32_t) +
           samples.label_weights.capacity() * sizeof(float);
  return {{"samples", bytes, "samples.file", planning::Memory::host}};
}

planning::MemoryLines plan_memory(const RecordsSize& records, const contrast::Config& contrast,
                                  const TuningMethod& method) {
  constexpr auto host = planning::Memory::host;
  return {{"examples", example_bytes(records, contrast, method), "sampling.max_problems", host},
          {"shard being read", shard_bytes(records, contrast), "records.units_per_shard", host}};
}

}  // namespace lightreasoner::examples
