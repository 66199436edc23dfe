// SPDX-License-Identifier: Apache-2.0
/// What a stage is going to hold in memory, line by line, before it holds it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lightreasoner::planning {

/// What a rank computes on.
enum class ComputesOn : std::uint8_t { cpu, device };

/// Which memory a line lies in, on a rank that computes on a device; on a CPU there is one.
enum class Memory : std::uint8_t {
  device,
  host,
  both,  ///< read into the host's, copied from there
};

struct MemoryLine {
  std::string what;  ///< "expert KV cache"
  std::uint64_t bytes = 0;
  std::string key;  ///< the setting that governs it: "sampling.problems_per_unit"
  Memory memory = Memory::device;
};

using MemoryLines = std::vector<MemoryLine>;

[[nodiscard]] std::uint64_t total_bytes(const MemoryLines& lines);
/// Those in the host's memory, or in that of the device.
[[nodiscard]] MemoryLines lines_in(Memory memory, const MemoryLines& lines);
/// Those in the memory that a rank computes in.
[[nodiscard]] MemoryLines lines_where(ComputesOn computes_on, const MemoryLines& lines);
/// The first of the largest lines; there must be one.
[[nodiscard]] const MemoryLine& largest_line(const MemoryLines& lines);

inline constexpr double bytes_of_gib = 1024.0 * 1024.0 * 1024.0;

/// "1.25 GiB", with the unit that leaves the number at least 1: B, KiB, MiB, GiB.
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

}  // namespace lightreasoner::planning
