// SPDX-License-Identifier: Apache-2.0
/// The cores that this process may run on, and what is near them.
#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace lightreasoner::placement {

inline constexpr int unknown_numa_node = -1;

/// The cores of this thread's affinity mask; empty where the system does not tell.
[[nodiscard]] std::set<int> own_cores();

/// "0-3,8", as the kernel writes it.
[[nodiscard]] std::string format_cores(const std::set<int>& cores);

/// The NUMA node that all of `cores` lie on; unknown_numa_node where they lie on several or the
/// system does not tell. `nodes` is the kernel's folder of them.
[[nodiscard]] int numa_node_of(const std::set<int>& cores,
                               const std::filesystem::path& nodes = "/sys/devices/system/node");

/// The NUMA node that the device at a PCI address hangs on; unknown_numa_node where the system does
/// not tell. `devices` is the kernel's folder of them.
[[nodiscard]] int numa_node_of_device(
    const std::string& bus_id, const std::filesystem::path& devices = "/sys/bus/pci/devices");

}  // namespace lightreasoner::placement
