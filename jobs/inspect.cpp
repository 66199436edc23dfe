// SPDX-License-Identifier: Apache-2.0
/// One record in words: problem, generated text, and what the contrast says of each step.
#include "examples/record_in_words.hpp"
#include "inputs/finished_run.hpp"
#include "jobs.hpp"
#include "records/shard.hpp"
#include "support/errors.hpp"

#include <cstdio>
#include <fmt/format.h>

namespace lightreasoner::jobs {

void inspect(const Arguments& arguments) {
  const inputs::FinishedRun run = inputs::read_finished_run(arguments.request.target);
  const records::Layout& layout = run.manifest.layout;
  if (arguments.problem >= layout.num_problems) {
    throw support::UserError(fmt::format("--problem {}: {} holds problems 0 to {}",
                                         arguments.problem, run.directory.records().string(),
                                         layout.num_problems - 1));
  }
  const records::RecordBatch batch = records::read_shard(
      run.directory.records(), run.manifest.shards.at(layout.shard_of_problem(arguments.problem)));
  std::fputs(examples::record_in_words(batch, arguments.problem, run.config.supervision.contrast,
                                       run.tokenizer)
                 .c_str(),
             stdout);
}

}  // namespace lightreasoner::jobs
