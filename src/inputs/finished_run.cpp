// SPDX-License-Identifier: Apache-2.0
#include "inputs/finished_run.hpp"

#include "config/parse.hpp"
#include "inputs/texts.hpp"
#include "records/shard.hpp"
#include "support/files.hpp"

#include <string>

namespace lightreasoner::inputs {

FinishedRun read_finished_run(const std::filesystem::path& run_directory) {
  FinishedRun run{.directory = {run_directory}, .manifest = {}, .config = {}, .tokenizer = {}};
  run.manifest = records::require_complete_manifest(run.directory.records());
  const std::filesystem::path file = run.directory.config();
  run.config = config::parse_stored_config(support::read_file(file), file);
  const std::filesystem::path& expert = run.config.models.expert;
  run.tokenizer = parse_tokenizer(read_tokenizer_texts(expert), expert);
  return run;
}

}  // namespace lightreasoner::inputs
