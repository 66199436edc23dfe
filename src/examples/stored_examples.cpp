// SPDX-License-Identifier: Apache-2.0
#include "examples/stored_examples.hpp"

#include "parallel/together.hpp"
#include "records/manifest.hpp"
#include "records/shard.hpp"

#include <string>

namespace lightreasoner::examples {
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

}  // namespace lightreasoner::examples
