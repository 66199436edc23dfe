// SPDX-License-Identifier: Apache-2.0
/// How much memory this node gives us.
#pragma once

#include <cstdint>
#include <filesystem>

namespace lightreasoner::planning {

/// Bytes that this process and those beside it may hold: the machine's, or the lowest limit of the
/// control groups (version 1 or 2) that it is in, as a batch system sets them for a job. `root` is
/// where proc/ and sys/ are looked for.
[[nodiscard]] std::uint64_t machine_memory(const std::filesystem::path& root = "/");

}  // namespace lightreasoner::planning
