// SPDX-License-Identifier: Apache-2.0
/// Memory of a device for kernels outside LibTorch, from LibTorch's allocator, which keeps what is
/// given back for the next.
#pragma once

#include "device/back_end.hpp"

#include <c10/core/Allocator.h>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace lightreasoner::device {

/// Allocated bytes, with copies that are complete once they return.
class RawBuffer {
 public:
  RawBuffer() = default;
  /// Uninitialised. Throws what LibTorch's allocator throws (is_out_of_memory).
  RawBuffer(std::size_t num_bytes, Device device);

  /// An address of the device.
  [[nodiscard]] void* data() const { return memory_.get(); }
  void read(std::span<std::byte> into) const;
  void write(std::span<const std::byte> from);

 private:
  c10::DataPtr memory_;
};

/// So many values of a plain type.
template <typename Value>
requires std::is_trivially_copyable_v<Value>
class Buffer {
 public:
  using value_type = Value;

  Buffer() = default;
  Buffer(std::size_t size, Device device) : size_(size), bytes_(size * sizeof(Value), device) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] Value* data() const { return static_cast<Value*>(bytes_.data()); }
  [[nodiscard]] std::vector<Value> to_host() const {
    std::vector<Value> values(size_);
    bytes_.read(std::as_writable_bytes(std::span(values)));
    return values;
  }
  void from_host(std::span<const Value> values) { bytes_.write(std::as_bytes(values)); }

 private:
  std::size_t size_ = 0;
  RawBuffer bytes_;
};

}  // namespace lightreasoner::device
