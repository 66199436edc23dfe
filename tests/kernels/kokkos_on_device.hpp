// SPDX-License-Identifier: Apache-2.0
/// Kokkos is up on the device under test while the tests of a program run that includes this.
#pragma once

#include "kernels/kokkos_up.hpp"
#include "support/device_under_test.hpp"

#include <cstddef>
#include <optional>

namespace lightreasoner::testing_support {

inline const auto* const kokkos_on_device =
    bring_kokkos_up([](std::optional<kernels::Runtime>& runtime) {
      if (device_under_test()) runtime.emplace(std::size_t{0});
    });

}  // namespace lightreasoner::testing_support
