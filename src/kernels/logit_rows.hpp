// SPDX-License-Identifier: Apache-2.0
/// Rows of numbers in a device's memory, as kernels are given them.
#pragma once

#include <cstdint>

namespace lightreasoner::kernels {

enum class LogitType : std::uint8_t { float32, bfloat16 };

/// Raw logits in the memory of the kernels' space, not owned.
struct LogitRows {
  const void* values = nullptr;  ///< [num_rows, vocabulary] of `type`
  std::int64_t num_rows = 0;
  std::int64_t vocabulary = 0;
  std::int64_t row_stride = 0;  ///< in elements
  LogitType type = LogitType::float32;
};

}  // namespace lightreasoner::kernels
