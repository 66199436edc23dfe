// SPDX-License-Identifier: Apache-2.0
/// Kokkos while the tests of a program run.
#pragma once

#include "kernels/runtime.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <optional>

namespace lightreasoner::testing_support {

class KokkosUp : public ::testing::Environment {
 public:
  /// Makes it once tests begin, or leaves it where they are about to be skipped.
  using Make = void (*)(std::optional<kernels::Runtime>& runtime);

  explicit KokkosUp(Make make) : make_(make) {}
  void SetUp() override { make_(runtime_); }
  void TearDown() override { runtime_.reset(); }

 private:
  Make make_;
  std::optional<kernels::Runtime> runtime_;
};

/// GoogleTest owns it.
inline const ::testing::Environment* bring_kokkos_up(KokkosUp::Make make) {
  return ::testing::AddGlobalTestEnvironment(std::make_unique<KokkosUp>(make).release());
}

}  // namespace lightreasoner::testing_support
