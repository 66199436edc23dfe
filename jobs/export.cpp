// SPDX-License-Identifier: Apache-2.0
/// Records to the JSON Lines of the released Python (LightR_sampling.py), one sample a line.
#include "examples/exported_samples.hpp"
#include "inputs/finished_run.hpp"
#include "jobs.hpp"
#include "logging/log.hpp"
#include "records/shard.hpp"
#include "support/files.hpp"

#include <algorithm>
#include <string>

namespace lightreasoner::jobs {

void export_samples(const Arguments& arguments) {
  const inputs::FinishedRun run = inputs::read_finished_run(arguments.request.target);
  std::string lines;
  for (const records::ShardEntry& entry : run.manifest.shards) {
    lines += examples::format_samples(records::read_shard(run.directory.records(), entry),
                                      run.config.supervision.contrast, run.tokenizer);
  }
  support::write_file_atomically(arguments.output, lines);
  logging::info("export: {} samples to {}", std::count(lines.begin(), lines.end(), '\n'),
                arguments.output);
}

}  // namespace lightreasoner::jobs
