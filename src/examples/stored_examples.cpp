// SPDX-License-Identifier: Apache-2.0
#include "examples/stored_examples.hpp"

#include "parallel/together.hpp"
#include "records/columns.hpp"
#include "records/manifest.hpp"
#include "records/shard.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace lightreasoner::examples {
namespace {

std::uint64_t entries_above(float share) { return 1 + static_cast<std::uint64_t>(1.0F / share); }

/// A vector that grows holds at most twice its elements.
template <typename Value>
constexpr std::uint64_t grown_bytes = 2 * sizeof(Value);

std::uint64_t example_bytes(const RecordsSize& records, const contrast::Config& contrast,
                            const Method& method) {
  const std::uint64_t tokens = records.prompt + records.steps;
  const std::uint64_t trajectory =
      grown_bytes<std::vector<std::int32_t>> + tokens * grown_bytes<std::int32_t>;
  const std::uint64_t label =
      grown_bytes<ExampleSet::Example> + grown_bytes<std::uint64_t> +
      entries_above(contrast.plausibility_alpha) * (grown_bytes<std::int32_t> + grown_bytes<float>);
  const std::uint64_t trajectories = method.prefix == text::PrefixForm::text ? records.steps : 1;
  return records.num_problems * (trajectories * trajectory + records.steps * label);
}

std::uint64_t shard_bytes(const RecordsSize& records, const contrast::Config& contrast) {
  const std::uint64_t floor = entries_above(contrast.plausibility_floor);
  const std::uint64_t step = records::bytes_per_row("/steps") +
                             floor * records::bytes_per_row("/floor") +
                             floor * sizeof(float);  // of one column, while it is unpacked
  // A question has fewer tokens than its prompt, of a few bytes each.
  constexpr std::uint64_t bytes_of_token = 4;
  const std::uint64_t problem =
      records::bytes_per_row("/problems") +
      records.prompt * (records::bytes_per_row("/prompts") + bytes_of_token) + records.steps * step;
  return std::min(records.num_problems, records.problems_per_shard) * problem;
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

planning::MemoryLines plan_memory(const RecordsSize& records, const contrast::Config& contrast,
                                  const Method& method) {
  return {{"examples", example_bytes(records, contrast, method), "sampling.max_problems"},
          {"shard being read", shard_bytes(records, contrast), "records.units_per_shard"}};
}

}  // namespace lightreasoner::examples
