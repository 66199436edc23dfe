// SPDX-License-Identifier: Apache-2.0
/// The only ways between the host's memory and a device's. Functions that move tensors have names
/// that say so.
#pragma once

#include <ATen/core/Tensor.h>

namespace lightreasoner::device {

/// The tensor on `device`: a copy, or itself where it is there already.
[[nodiscard]] at::Tensor to_device(const at::Tensor& tensor, at::Device device);

/// The tensor in the host's memory, complete once this returns: a copy, or itself where it is there
/// already.
[[nodiscard]] at::Tensor to_host(const at::Tensor& tensor);

}  // namespace lightreasoner::device
