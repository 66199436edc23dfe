// SPDX-License-Identifier: Apache-2.0
/// Who made a result, where and with what: a sidecar, never part of a result.
#pragma once

#include "parallel/communicator.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace lightreasoner::run {

/// The program's version and the source it was built from.
struct BuildInfo {
  std::string version;  ///< "0.1.0"
  std::string commit;   ///< git commit, with "-dirty" when the tree had changes; or "unknown"
  std::string compiler;
  std::string flags;
};
[[nodiscard]] const BuildInfo& build_info();

/// Appends this attempt to provenance.json: time, command line, of each rank its host and what it
/// computes on (`place`), build, library versions (`libraries`: name to version) and Slurm job.
/// Written by rank 0. Collective over comm.
void append_provenance(const parallel::Communicator& comm, const std::filesystem::path& file,
                       const std::string& command_line,
                       const std::map<std::string, std::string>& libraries,
                       const std::string& place);

}  // namespace lightreasoner::run
