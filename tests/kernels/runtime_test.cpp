// SPDX-License-Identifier: Apache-2.0
#include "kernels/runtime.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::kernels {
namespace {

TEST(Runtime, NamesItsVersion) {
  EXPECT_THAT(library_version(), ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace lightreasoner::kernels
