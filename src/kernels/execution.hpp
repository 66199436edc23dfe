// SPDX-License-Identifier: Apache-2.0
/// Where kernels run: Kokkos' default space, on the stream that LibTorch computes on. Private to
/// the module; the one header that includes Kokkos, and the one file that names its back-ends.
#pragma once

#include "device/launch_scope.hpp"

#include <Kokkos_Core.hpp>
#include <cstdint>

namespace lightreasoner::kernels {

#if KOKKOS_VERSION >= 30700
namespace math = Kokkos;
#else
namespace math = Kokkos::Experimental;
#endif

using Space = Kokkos::DefaultExecutionSpace;
using Policy = Kokkos::TeamPolicy<Space>;
using Team = Policy::member_type;

/// True where a core runs the kernels: long runs then become SIMD loops. On an accelerator
/// neighbouring threads take neighbouring runs, so a run is what one load instruction brings.
inline constexpr bool on_host =
    Kokkos::SpaceAccessibility<Kokkos::HostSpace, Space::memory_space>::accessible;

#if defined(KOKKOS_ENABLE_CUDA)
[[nodiscard]] inline Space make_instance(void* stream) {
  return Space(static_cast<cudaStream_t>(stream));
}
#elif defined(KOKKOS_ENABLE_HIP)
[[nodiscard]] inline Space make_instance(void* stream) {
  return Space(static_cast<hipStream_t>(stream));
}
#else
[[nodiscard]] inline Space make_instance(void* /*stream*/) { return {}; }
#endif

/// The instance of the scope's stream: made once, since making one allocates, and kept until the
/// Runtime ends.
[[nodiscard]] const Space& instance_of(const device::LaunchScope& scope);

/// One team for each of `count` steps.
[[nodiscard]] inline Policy one_team_each(const device::LaunchScope& scope, std::int64_t count) {
  return {instance_of(scope), static_cast<int>(count), Kokkos::AUTO};
}

}  // namespace lightreasoner::kernels
