// SPDX-License-Identifier: Apache-2.0
#include "device/out_of_memory.hpp"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>
#include <gtest/gtest.h>
#include <new>
#include <stdexcept>

namespace lightreasoner::device {
namespace {

TEST(OutOfMemory, IsToldFromOtherErrors) {
  EXPECT_TRUE(is_out_of_memory(std::bad_alloc()));
  EXPECT_TRUE(is_out_of_memory(
      c10::OutOfMemoryError({__func__, __FILE__, static_cast<std::uint32_t>(__LINE__)}, "gone")));
  EXPECT_FALSE(is_out_of_memory(std::runtime_error("DefaultCPUAllocator: can't allocate memory")));
  EXPECT_FALSE(is_out_of_memory(c10::Error({__func__, __FILE__, 1}, "another mistake")));
}

TEST(OutOfMemory, IsWhatTheCpuAllocatorThrows) {
  try {
    static_cast<void>(at::empty({std::int64_t{1} << 58}, at::kByte));
    FAIL() << "so much memory was given";
  } catch (const std::exception& error) {
    EXPECT_TRUE(is_out_of_memory(error)) << error.what();
  }
}

}  // namespace
}  // namespace lightreasoner::device
