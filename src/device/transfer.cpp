// SPDX-License-Identifier: Apache-2.0
#include "device/transfer.hpp"

#include "device/back_end.hpp"

#include <ATen/ATen.h>

namespace lightreasoner::device {
namespace {

template <typename Id>
at::Tensor on_device(std::span<const Id> ids, at::Device device) {
  return to_device(at::tensor(at::ArrayRef<Id>(ids.data(), ids.size()), at::kLong), device);
}

}  // namespace

at::Tensor to_device(const at::Tensor& tensor, at::Device device) {
  // The host goes on while a staged copy is under way. Weights are read where they lie: staging
  // them would lock as much memory again.
  constexpr std::size_t most_staged = std::size_t{16} << 20;
  const bool is_staged =
      pins_memory() && tensor.is_cpu() && device.type() != host && tensor.nbytes() <= most_staged;
  return is_staged ? tensor.pin_memory().to(device, tensor.scalar_type(), /*non_blocking=*/true)
                   : tensor.to(device);
}

at::Tensor ids_to_device(std::span<const std::int64_t> ids, at::Device device) {
  return on_device(ids, device);
}

at::Tensor ids_to_device(std::span<const std::int32_t> ids, at::Device device) {
  return on_device(ids, device);
}

at::Tensor floats_to_device(std::span<const float> values, at::Device device) {
  return to_device(at::tensor(at::ArrayRef<float>(values.data(), values.size()), at::kFloat),
                   device);
}

at::Tensor to_host(const at::Tensor& tensor) { return tensor.to(at::kCPU); }

std::vector<float> floats_to_host(const at::Tensor& tensor) {
  const at::Tensor values = to_host(tensor).contiguous();
  const auto* const first = values.const_data_ptr<float>();
  return {first, first + values.numel()};
}

}  // namespace lightreasoner::device
