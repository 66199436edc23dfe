// SPDX-License-Identifier: Apache-2.0
/// What the command line asks for.
#pragma once

#include "inputs/request.hpp"
#include "logging/progress.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lightreasoner::jobs {

struct Arguments {
  inputs::Request request;
  std::string output;  ///< export: file to write
  bool dry_run = false;
  double device_gib = 0;  ///< preflight: of a device that is planned for; 0: what is there
  logging::ProgressStyle progress = logging::ProgressStyle::lines;
  std::string problem = "0";  ///< inspect: its id or line
};

/// Parses the command line (CLI11). Nothing when help was asked for, which is then in `help_text`.
/// Throws UserError for what cannot be understood.
[[nodiscard]] std::optional<Arguments> parse_arguments(int argc, char** argv,
                                                       std::string& help_text);

}  // namespace lightreasoner::jobs
