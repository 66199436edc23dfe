// SPDX-License-Identifier: Apache-2.0
#include "inputs/finished_run.hpp"

#include "config/parse.hpp"
#include "records/shard.hpp"
#include "support/files.hpp"

#include <string>

namespace lightreasoner::inputs {

FinishedRun read_finished_run(const std::filesystem::path& run_directory) {
  FinishedRun run{.directory = {run_directory}, .manifest = {}, .config = {}, .tokenizer = {}};
  run.manifest = records::require_complete_manifest(run.directory.records());
  const std::filesystem::path file = run.directory.config();
  run.config = config::parse_stored_config(support::read_file(file), file);
  const std::filesystem::path tokenizer = run.config.models.expert / "tokenizer.json";
  run.tokenizer = text::Tokenizer::parse(support::read_file(tokenizer), tokenizer.string());
  return run;
}

}  // namespace lightreasoner::inputs
