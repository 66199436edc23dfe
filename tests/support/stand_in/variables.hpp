// SPDX-License-Identifier: Apache-2.0
/// Variables of the environment by which the stand-in device is told what to be.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace lightreasoner::stand_in {

/// How many devices a process sees, 1 where it is not set. All are one memory of its own.
inline constexpr const char* num_devices_variable = "LIGHTREASONER_STAND_IN_DEVICES";
/// The kernel that fails, counted from 1, as on a device that is lost.
inline constexpr const char* lost_at_variable = "LIGHTREASONER_STAND_IN_LOST_AT";
/// Bytes of its memory, 8 GiB at most and where it is not set.
inline constexpr const char* bytes_variable = "LIGHTREASONER_STAND_IN_BYTES";
/// The kernel, counted from 1, from which on nothing more can be allocated.
inline constexpr const char* full_at_variable = "LIGHTREASONER_STAND_IN_FULL_AT";
/// The file to which a process that ends in order appends its counts, a line of JSON.
inline constexpr const char* counts_file_variable = "LIGHTREASONER_STAND_IN_COUNTS";

/// The number in one of them.
[[nodiscard]] inline std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace lightreasoner::stand_in
