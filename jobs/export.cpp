// SPDX-License-Identifier: Apache-2.0
/// Records to the JSON Lines of the released Python (LightR_sampling.py), one sample a line.
#include "examples/exported_samples.hpp"
#include "inputs/finished_run.hpp"
#include "jobs.hpp"
#include "logging/log.hpp"
#include "records/shard.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <string>

namespace lightreasoner::jobs {
namespace {

/// Where the samples go: through links to a file, which may be there already. Throws UserError for
/// a place inside a run and for what is no regular file.
std::filesystem::path target_of(const Arguments& arguments, const std::filesystem::path& run) {
  std::filesystem::path target = std::filesystem::weakly_canonical(arguments.output);
  const std::filesystem::path inside = target.lexically_relative(std::filesystem::canonical(run));
  if (!inside.empty() && *inside.begin() != "..") {
    throw support::UserError(fmt::format(
        "{}: lies in the run directory, whose files are results; choose a place outside",
        arguments.output));
  }
  if (arguments.output == "-" ||
      (std::filesystem::exists(target) && !std::filesystem::is_regular_file(target))) {
    throw support::UserError(
        fmt::format("{}: is no regular file; give the name of a file to write", arguments.output));
  }
  return target;
}

}  // namespace

void export_samples(const Arguments& arguments) {
  const inputs::FinishedRun run = inputs::read_finished_run(arguments.request.target);
  const std::filesystem::path target = target_of(arguments, run.directory.root);
  std::string lines;
  for (const records::ShardEntry& entry : run.manifest.shards) {
    lines += examples::format_samples(records::read_shard(run.directory.records(), entry),
                                      run.config.supervision.contrast, run.tokenizer);
  }
  support::write_file_atomically(target, lines);
  logging::info("export: {} samples to {}", std::count(lines.begin(), lines.end(), '\n'),
                arguments.output);
}

}  // namespace lightreasoner::jobs
