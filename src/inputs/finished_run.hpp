// SPDX-License-Identifier: Apache-2.0
/// A finished sampling stage, as jobs that look at its records read it.
#pragma once

#include "config/run_config.hpp"
#include "records/manifest.hpp"
#include "run/run_directory.hpp"
#include "text/tokenizer.hpp"

#include <filesystem>

namespace lightreasoner::inputs {

struct FinishedRun {
  run::RunDirectory directory;
  records::Manifest manifest;
  config::RunConfig config;   ///< the effective one that lies there
  text::Tokenizer tokenizer;  ///< the expert's
};

/// Throws UserError when records are not complete or a file cannot be read. One rank reads.
[[nodiscard]] FinishedRun read_finished_run(const std::filesystem::path& run_directory);

}  // namespace lightreasoner::inputs
