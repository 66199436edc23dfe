// SPDX-License-Identifier: Apache-2.0
/// The only ways between the host's memory and a device's. Functions that move tensors have names
/// that say so.
#pragma once

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <span>
#include <vector>

namespace lightreasoner::device {

/// The tensor on `device`: a copy, or itself where it is there already.
[[nodiscard]] at::Tensor to_device(const at::Tensor& tensor, at::Device device);

/// Ids or places as a tensor on `device`, [n] int64.
[[nodiscard]] at::Tensor ids_to_device(std::span<const std::int64_t> ids, at::Device device);
[[nodiscard]] at::Tensor ids_to_device(std::span<const std::int32_t> ids, at::Device device);

/// Values as a tensor on `device`, [n] fp32.
[[nodiscard]] at::Tensor floats_to_device(std::span<const float> values, at::Device device);

/// The tensor in the host's memory, complete once this returns: a copy, or itself where it is there
/// already.
[[nodiscard]] at::Tensor to_host(const at::Tensor& tensor);

/// The values of an fp32 tensor, in row-major order.
[[nodiscard]] std::vector<float> floats_to_host(const at::Tensor& tensor);

}  // namespace lightreasoner::device
