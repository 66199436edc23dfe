// SPDX-License-Identifier: Apache-2.0
#include "device/transfer.hpp"

#include <ATen/ATen.h>

namespace lightreasoner::device {

at::Tensor to_device(const at::Tensor& tensor, at::Device device) { return tensor.to(device); }

at::Tensor to_host(const at::Tensor& tensor) { return tensor.to(at::kCPU); }

}  // namespace lightreasoner::device
