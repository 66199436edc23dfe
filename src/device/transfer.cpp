// SPDX-License-Identifier: Apache-2.0
#include "device/transfer.hpp"

#include <ATen/ATen.h>

namespace lightreasoner::device {
namespace {

template <typename Id>
at::Tensor on_device(std::span<const Id> ids, at::Device device) {
  return to_device(at::tensor(at::ArrayRef<Id>(ids.data(), ids.size()), at::kLong), device);
}

}  // namespace

at::Tensor to_device(const at::Tensor& tensor, at::Device device) { return tensor.to(device); }

at::Tensor ids_to_device(std::span<const std::int64_t> ids, at::Device device) {
  return on_device(ids, device);
}

at::Tensor ids_to_device(std::span<const std::int32_t> ids, at::Device device) {
  return on_device(ids, device);
}

at::Tensor to_host(const at::Tensor& tensor) { return tensor.to(at::kCPU); }

}  // namespace lightreasoner::device
