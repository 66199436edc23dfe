// SPDX-License-Identifier: Apache-2.0
/// What the command line asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lightreasoner::jobs {

struct Arguments {
  std::string job;                     ///< "run", "sample", ..., "inspect"
  std::string target;                  ///< run file, or run directory for inspect and export
  std::string output;                  ///< export: file to write
  std::vector<std::string> overrides;  ///< "section.key=value"
  bool dry_run = false;
  std::string progress = "lines";
  std::uint64_t problem = 0;  ///< inspect: problem id
  std::string command_line;
};

/// Parses the command line (CLI11). Nothing when help was asked for, which is then in `help_text`.
/// Throws UserError for what cannot be understood.
[[nodiscard]] std::optional<Arguments> parse_arguments(int argc, char** argv,
                                                       std::string& help_text);

}  // namespace lightreasoner::jobs
