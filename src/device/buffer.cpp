// SPDX-License-Identifier: Apache-2.0
#include "device/buffer.hpp"

#include <ATen/ATen.h>

namespace lightreasoner::device {
namespace {

/// The bytes at `address` of `device` as a tensor that owns nothing.
at::Tensor bytes_at(void* address, std::size_t count, Device device) {
  return at::for_blob(address, {static_cast<std::int64_t>(count)})
      .options(at::TensorOptions(at::kByte).device(device))
      .target_device(device)
      .make_tensor();
}

}  // namespace

RawBuffer::RawBuffer(std::size_t num_bytes, Device device)
    : memory_(c10::GetAllocator(device.type())->allocate(num_bytes)) {}

void RawBuffer::read(std::span<std::byte> into) const {
  if (into.empty()) return;
  bytes_at(into.data(), into.size(), Device(host))
      .copy_(bytes_at(memory_.get(), into.size(), memory_.device()));
}

void RawBuffer::write(std::span<const std::byte> from) {
  if (from.empty()) return;
  // Read from only.
  auto* const source = const_cast<std::byte*>(from.data());
  bytes_at(memory_.get(), from.size(), memory_.device())
      .copy_(bytes_at(source, from.size(), Device(host)));
}

}  // namespace lightreasoner::device
