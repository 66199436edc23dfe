// SPDX-License-Identifier: Apache-2.0
/// What the stand-in device's own kernels need. Private to the stand-in.
#pragma once

#include "support/stand_in/device.hpp"

#include <ATen/core/Tensor.h>

namespace lightreasoner::stand_in {

/// A kernel runs while one of these lives: what moves in it is no copy between host and device.
/// Throws std::runtime_error where the device is told to be lost by now.
struct WithinKernel {
  WithinKernel();
  ~WithinKernel();
  WithinKernel(const WithinKernel&) = delete;
  WithinKernel& operator=(const WithinKernel&) = delete;
};

/// The tensor as the CPU's kernels see it: of a device tensor, the same bytes where they may.
[[nodiscard]] at::Tensor seen_by_kernels(const at::Tensor& tensor);

}  // namespace lightreasoner::stand_in
