// SPDX-License-Identifier: Apache-2.0
/// What a job is asked to do: a run file, and what is set over it.
#pragma once

#include <string>
#include <vector>

namespace lightreasoner::pipeline {

struct Request {
  std::string job;                     ///< "run", "sample", ...
  std::string target;                  ///< run file, or run directory for inspect and export
  std::vector<std::string> overrides;  ///< "section.key=value"
  std::string command_line;
};

}  // namespace lightreasoner::pipeline
