// SPDX-License-Identifier: Apache-2.0
/// One record in words: problem, generated text, and what the contrast says of each step.
#include "examples/record_in_words.hpp"
#include "inputs/finished_run.hpp"
#include "jobs.hpp"
#include "records/shard.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace lightreasoner::jobs {
namespace {

/// A record in the batch that holds it.
struct Found {
  records::RecordBatch batch;
  std::uint64_t problem = 0;  ///< its 0-based line
};

std::optional<Found> find_by_line(const inputs::FinishedRun& run, const std::string& problem) {
  std::uint64_t line = 0;
  const auto [end, error] = std::from_chars(problem.data(), problem.data() + problem.size(), line);
  if (error != std::errc{} || end != problem.data() + problem.size()) {
    return std::nullopt;
  }
  auto batch = records::find_record(run.directory.records(), run.manifest, line);
  return batch ? std::optional(Found{*std::move(batch), line}) : std::nullopt;
}

std::optional<Found> find_by_id(const inputs::FinishedRun& run, const std::string& problem) {
  for (const records::ShardEntry& entry : run.manifest.shards) {
    records::RecordBatch batch = records::read_shard(run.directory.records(), entry);
    const std::vector<std::string>& ids = batch.problems.text_ids;
    const auto at = std::find(ids.begin(), ids.end(), problem);
    if (at != ids.end()) {
      const std::uint64_t line = batch.problems.ids[static_cast<std::size_t>(at - ids.begin())];
      return Found{std::move(batch), line};
    }
  }
  return std::nullopt;
}

}  // namespace

void inspect(const Arguments& arguments) {
  const inputs::FinishedRun run = inputs::read_finished_run(arguments.request.target);
  auto found = find_by_id(run, arguments.problem);
  if (!found) found = find_by_line(run, arguments.problem);
  if (!found) {
    throw support::UserError(fmt::format(
        "--problem {}: {} has no record of it; give the id or the 0-based line of one of its {} "
        "problems in {} ({} were left out as too long)",
        arguments.problem, run.directory.records().string(), run.manifest.layout.num_problems,
        run.config.supervision.problems.file.string(), run.manifest.num_skipped));
  }
  std::fputs(examples::record_in_words(found->batch, found->problem,
                                       run.config.supervision.contrast, run.tokenizer)
                 .c_str(),
             stdout);
}

}  // namespace lightreasoner::jobs
