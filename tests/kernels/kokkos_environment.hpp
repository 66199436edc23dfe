// SPDX-License-Identifier: Apache-2.0
/// Kokkos is up while the tests of a program run that includes this.
#pragma once

#include "kernels/runtime.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <optional>

namespace lightreasoner::testing_support {

class KokkosEnvironment : public ::testing::Environment {
 public:
  void SetUp() override { runtime_.emplace(); }
  void TearDown() override { runtime_.reset(); }

 private:
  std::optional<kernels::Runtime> runtime_;
};

/// GoogleTest owns it.
inline const auto* const kokkos_environment =
    ::testing::AddGlobalTestEnvironment(std::make_unique<KokkosEnvironment>().release());

}  // namespace lightreasoner::testing_support
