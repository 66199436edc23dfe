// SPDX-License-Identifier: Apache-2.0
#include "planning/memory_plan.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>
#include <numeric>

namespace lightreasoner::planning {

std::uint64_t total_bytes(const MemoryLines& lines) {
  return std::accumulate(
      lines.begin(), lines.end(), std::uint64_t{0},
      [](std::uint64_t sum, const MemoryLine& line) { return sum + line.bytes; });
}

MemoryLines lines_in(Memory memory, const MemoryLines& lines) {
  MemoryLines found;
  std::copy_if(lines.begin(), lines.end(), std::back_inserter(found), [&](const MemoryLine& line) {
    return line.memory == memory || line.memory == Memory::both;
  });
  return found;
}

MemoryLines lines_where(ComputesOn computes_on, const MemoryLines& lines) {
  return computes_on == ComputesOn::cpu ? lines : lines_in(Memory::device, lines);
}

const MemoryLine& largest_line(const MemoryLines& lines) {
  support::require(!lines.empty(), "a memory plan has lines");
  return *std::max_element(
      lines.begin(), lines.end(),
      [](const MemoryLine& left, const MemoryLine& right) { return left.bytes < right.bytes; });
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr double step = 1024;
  constexpr std::array<const char*, 3> units{"KiB", "MiB", "GiB"};
  if (bytes < static_cast<std::uint64_t>(step)) {
    return fmt::format("{} B", bytes);
  }
  double number = static_cast<double>(bytes) / step;
  std::size_t unit = 0;
  while (number >= step && unit + 1 < units.size()) {
    number /= step;
    ++unit;
  }
  return fmt::format("{:.2f} {}", number, units[unit]);
}

}  // namespace lightreasoner::planning
