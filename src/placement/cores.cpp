// SPDX-License-Identifier: Apache-2.0
#include "placement/cores.hpp"

#include "support/trim.hpp"
#include "support/whole_number.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <optional>
#include <sched.h>
#include <string_view>
#include <system_error>
#include <vector>

namespace lightreasoner::placement {
namespace {

/// The cores of a list such as "0-3,8"; what is no list has none.
std::set<int> parse_cores(std::string_view list) {
  std::set<int> cores;
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    list.remove_prefix(std::min(part.size() + 1, list.size()));
    const std::size_t dash = part.find('-');
    const auto first = support::whole_number(part.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : support::whole_number(part.substr(dash + 1));
    if (!first || !last || *last >= CPU_SETSIZE) return {};
    for (std::uint64_t core = *first; core <= *last; ++core) cores.insert(static_cast<int>(core));
  }
  return cores;
}

std::string first_line(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

}  // namespace

std::set<int> own_cores() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  std::set<int> cores;
  if (::sched_getaffinity(0, sizeof mask, &mask) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &mask)) cores.insert(core);
  }
  return cores;
}

std::string format_cores(const std::set<int>& cores) {
  std::vector<std::string> parts;
  for (auto first = cores.begin(); first != cores.end();) {
    auto last = first;
    while (std::next(last) != cores.end() && *std::next(last) == *last + 1) ++last;
    parts.push_back(first == last ? std::to_string(*first) : fmt::format("{}-{}", *first, *last));
    first = std::next(last);
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

int numa_node_of(const std::set<int>& cores, const std::filesystem::path& nodes) {
  constexpr std::string_view prefix = "node";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(nodes, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    const auto number = support::whole_number(std::string_view(name).substr(prefix.size()));
    const std::set<int> of_node = parse_cores(support::trim(first_line(entry.path() / "cpulist")));
    if (number && !cores.empty() &&
        std::includes(of_node.begin(), of_node.end(), cores.begin(), cores.end())) {
      return static_cast<int>(*number);
    }
  }
  return unknown_numa_node;
}

int numa_node_of_device(const std::string& bus_id, const std::filesystem::path& devices) {
  const std::string line = first_line(devices / bus_id / "numa_node");
  const auto number = support::whole_number(support::trim(line));
  return number ? static_cast<int>(*number) : unknown_numa_node;
}

}  // namespace lightreasoner::placement
