// SPDX-License-Identifier: Apache-2.0
/// What the three forms of LibTorch's headers on ROCm have in common.
#pragma once

#include <array>
#include <cstdint>
#include <hip/hip_runtime_api.h>

namespace mock_torch {

struct Stream {
  hipStream_t handle;

  [[nodiscard]] hipStream_t stream() const { return handle; }
};
Stream current_stream();

struct DeviceStats {
  struct Stat {
    std::int64_t peak = 0;
  };
  std::array<Stat, 3> reserved_bytes;
};
DeviceStats stats_of(int device);

}  // namespace mock_torch
