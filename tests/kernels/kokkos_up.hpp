// SPDX-License-Identifier: Apache-2.0
/// Kokkos while the tests of a program run.
#pragma once

#include "kernels/runtime.hpp"

#include <cstddef>
#include <gtest/gtest.h>
#include <memory>
#include <optional>

namespace lightreasoner::testing_support {

class KokkosUp : public ::testing::Environment {
 public:
  /// The device that kernels::Runtime is given, asked for once tests begin.
  using DeviceIndex = std::optional<std::size_t> (*)();

  explicit KokkosUp(DeviceIndex device_index) : device_index_(device_index) {}
  void SetUp() override { runtime_.emplace(device_index_()); }
  void TearDown() override { runtime_.reset(); }

 private:
  DeviceIndex device_index_;
  std::optional<kernels::Runtime> runtime_;
};

/// GoogleTest owns it.
inline const ::testing::Environment* bring_kokkos_up(KokkosUp::DeviceIndex device_index) {
  return ::testing::AddGlobalTestEnvironment(std::make_unique<KokkosUp>(device_index).release());
}

}  // namespace lightreasoner::testing_support
