// SPDX-License-Identifier: Apache-2.0
/// Kokkos, which runs the kernels.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace lightreasoner::kernels {

/// Kokkos is up while one of these lives; one a process. Must outlive every launch.
class Runtime {
 public:
  /// On the device of that index among those visible, where Kokkos was built for devices: which to
  /// take is not left to its own guess. Nothing: on the host.
  explicit Runtime(std::optional<std::size_t> device_index = std::nullopt);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
};

/// Kokkos' version, e.g. "3.4.1".
[[nodiscard]] std::string library_version();

}  // namespace lightreasoner::kernels
