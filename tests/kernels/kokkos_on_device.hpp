// SPDX-License-Identifier: Apache-2.0
/// Kokkos is up on the device under test while the tests of a program run that includes this.
#pragma once

#include "kernels/runtime.hpp"
#include "support/device_under_test.hpp"

#include <cstddef>
#include <gtest/gtest.h>
#include <memory>
#include <optional>

namespace lightreasoner::testing_support {

class KokkosOnDevice : public ::testing::Environment {
 public:
  void SetUp() override {
    runtime_.emplace(device_under_test() ? std::optional<std::size_t>(0) : std::nullopt);
  }
  void TearDown() override { runtime_.reset(); }

 private:
  std::optional<kernels::Runtime> runtime_;
};

/// GoogleTest owns it.
inline const auto* const kokkos_on_device =
    ::testing::AddGlobalTestEnvironment(std::make_unique<KokkosOnDevice>().release());

}  // namespace lightreasoner::testing_support
