// SPDX-License-Identifier: Apache-2.0
/// Kokkos is up on the host while the tests of a program run that includes this.
#pragma once

#include "kernels/kokkos_up.hpp"

#include <cstddef>
#include <optional>

namespace lightreasoner::testing_support {

inline const auto* const kokkos_environment =
    bring_kokkos_up([]() -> std::optional<std::size_t> { return std::nullopt; });

}  // namespace lightreasoner::testing_support
