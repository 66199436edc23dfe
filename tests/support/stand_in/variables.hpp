// SPDX-License-Identifier: Apache-2.0
/// Variables of the environment by which the stand-in device is told what to be.
#pragma once

namespace lightreasoner::stand_in {

/// How many devices a process sees, 1 where it is not set. All are one memory of its own.
inline constexpr const char* num_devices_variable = "LIGHTREASONER_STAND_IN_DEVICES";
/// The kernel that fails, counted from 1, as on a device that is lost.
inline constexpr const char* lost_at_variable = "LIGHTREASONER_STAND_IN_LOST_AT";
/// The file to which a process that ends in order appends its counts, a line of JSON.
inline constexpr const char* counts_file_variable = "LIGHTREASONER_STAND_IN_COUNTS";

}  // namespace lightreasoner::stand_in
