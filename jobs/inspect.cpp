// SPDX-License-Identifier: Apache-2.0
/// One record in words: problem, generated text, and what the contrast says of each step.
#include "examples/record_in_words.hpp"
#include "inputs/finished_run.hpp"
#include "jobs.hpp"
#include "records/shard.hpp"
#include "support/errors.hpp"
#include "support/whole_number.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fmt/format.h>
#include <optional>
#include <string>
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
  const auto line = support::whole_number(problem);
  auto batch = line ? records::find_record(run.directory.records(), run.manifest, *line)
                    : std::optional<records::RecordBatch>();
  return batch ? std::optional(Found{*std::move(batch), *line}) : std::nullopt;
}

/// The id of the problem that was found.
const std::string& id_of(const Found& found) {
  const auto& ids = found.batch.problems.ids;
  const auto at = std::lower_bound(ids.begin(), ids.end(), found.problem);
  return found.batch.problems.text_ids[static_cast<std::size_t>(at - ids.begin())];
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

/// An id counts before a line. Where the line has that id, no other shard is read.
std::optional<Found> find(const inputs::FinishedRun& run, const std::string& problem) {
  auto by_line = find_by_line(run, problem);
  if (by_line && id_of(*by_line) == problem) return by_line;
  auto by_id = find_by_id(run, problem);
  return by_id ? std::move(by_id) : std::move(by_line);
}

}  // namespace

void inspect(const Arguments& arguments) {
  const inputs::FinishedRun run = inputs::read_finished_run(arguments.request.target);
  const auto found = find(run, arguments.problem);
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
