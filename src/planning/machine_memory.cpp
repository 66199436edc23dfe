// SPDX-License-Identifier: Apache-2.0
#include "planning/machine_memory.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <unistd.h>

namespace lightreasoner::planning {
namespace {

constexpr std::uint64_t no_limit = UINT64_MAX;

/// The number in a limit's file; "max", or no such file, is no limit.
std::uint64_t read_limit(const std::filesystem::path& file) {
  std::uint64_t bytes = 0;
  return std::ifstream(file) >> bytes ? bytes : no_limit;
}

/// The lowest limit from `group` up to the hierarchy's top. A group that is not there, as where a
/// container sees its own as the top, is passed over.
std::uint64_t lowest_limit(const std::filesystem::path& top, std::filesystem::path group,
                           const char* file) {
  std::uint64_t lowest = read_limit(top / file);
  for (group = group.relative_path(); !group.empty(); group = group.parent_path()) {
    lowest = std::min(lowest, read_limit(top / group / file));
  }
  return lowest;
}

}  // namespace

std::uint64_t machine_memory(const std::filesystem::path& root) {
  std::uint64_t bytes = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                        static_cast<std::uint64_t>(::sysconf(_SC_PAGE_SIZE));
  const std::filesystem::path groups = root / "sys/fs/cgroup";
  std::ifstream lines(root / "proc/self/cgroup");  // "ID:CONTROLLERS:PATH"
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const std::string controllers = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    const std::string path = line.substr(second + 1);
    if (controllers == ",,") {
      bytes = std::min(bytes, lowest_limit(groups, path, "memory.max"));
    } else if (controllers.find(",memory,") != std::string::npos) {
      bytes = std::min(bytes, lowest_limit(groups / "memory", path, "memory.limit_in_bytes"));
    }
  }
  return bytes;
}

}  // namespace lightreasoner::planning
