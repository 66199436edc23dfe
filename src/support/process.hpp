// SPDX-License-Identifier: Apache-2.0
/// Where and when this process runs. No result depends on it.
#pragma once

#include <chrono>
#include <string>

namespace lightreasoner::support {

/// The host's name, empty where it has none.
[[nodiscard]] std::string host_name();

/// The time of day in UTC: "2026-01-31T12:00:00Z".
[[nodiscard]] std::string utc_time();

[[nodiscard]] double seconds_since(std::chrono::steady_clock::time_point start);

}  // namespace lightreasoner::support
