// SPDX-License-Identifier: Apache-2.0
/// A device that is none: LibTorch's PrivateUse1 with the CPU's kernels behind it. What a program
/// must not do with a GPU faults or throws here: its memory is out of the host's reach but in a
/// kernel, operands on different devices are refused. What it would be slow to do is counted.
#pragma once

#include <ATen/core/Tensor.h>
#include <cstdint>

namespace lightreasoner::stand_in {

/// What has passed between host and device so far, how often kernels outside LibTorch ran, and how
/// often its own.
struct Counts {
  std::uint64_t bytes_to_device = 0;
  std::uint64_t bytes_to_host = 0;
  std::uint64_t launches = 0;
  std::uint64_t operations = 0;
};

/// Makes the device known to LibTorch; before the first tensor on it. device::open_device does.
void set_up();

[[nodiscard]] at::Device device();

[[nodiscard]] Counts counts();

}  // namespace lightreasoner::stand_in
