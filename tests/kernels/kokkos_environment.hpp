// SPDX-License-Identifier: Apache-2.0
/// Kokkos is up on the host while the tests of a program run that includes this.
#pragma once

#include "kernels/kokkos_up.hpp"

#include <optional>

namespace lightreasoner::testing_support {

inline const auto* const kokkos_environment =
    bring_kokkos_up([](std::optional<kernels::Runtime>& runtime) { runtime.emplace(); });

}  // namespace lightreasoner::testing_support
