// SPDX-License-Identifier: Apache-2.0
/// What a job is asked to do: a run file, and what is set over it.
#pragma once

#include "placement/take_device.hpp"
#include "run/names.hpp"

#include <map>
#include <string>
#include <vector>

namespace lightreasoner::inputs {

struct Request {
  run::Job job{};
  std::string target;                  ///< run file, or run directory for jobs that look at one
  std::vector<std::string> overrides;  ///< "section.key=value"
  std::string command_line;
  std::map<std::string, std::string> libraries{};  ///< name to version, for provenance
  placement::Place place{};                        ///< what this rank computes on
};

}  // namespace lightreasoner::inputs
