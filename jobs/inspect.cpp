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
  const auto batch = records::find_record(run.directory.records(), run.manifest, arguments.problem);
  if (!batch) {
    throw support::UserError(fmt::format(
        "--problem {}: {} has no record of it; give the 0-based line of one of its {} problems in "
        "{}",
        arguments.problem, run.directory.records().string(), run.manifest.layout.num_problems,
        run.config.supervision.problems.file.string()));
  }
  std::fputs(examples::record_in_words(*batch, arguments.problem, run.config.supervision.contrast,
                                       run.tokenizer)
                 .c_str(),
             stdout);
}

}  // namespace lightreasoner::jobs
