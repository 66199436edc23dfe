// SPDX-License-Identifier: Apache-2.0
/// Memory of the stand-in device: the host faults where it touches it.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>

namespace lightreasoner::stand_in {

/// One file in memory, mapped twice: at device addresses, which are what tensors hold and nobody
/// may touch but within a launch scope, and where the stand-in's own kernels see the same bytes.
class DeviceMemory {
 public:
  DeviceMemory();
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  [[nodiscard]] std::size_t size() const { return size_; }
  /// A device address, page by page; null where the device is full.
  [[nodiscard]] void* allocate(std::size_t bytes);
  void free(void* address);
  /// Where kernels see what lies at a device address.
  [[nodiscard]] void* kernel_view(const void* address) const;
  struct Use {
    std::size_t held, peak;
  };
  [[nodiscard]] Use use() const { return use_; }
  /// The peak is what is held now.
  void reset_peak() { use_.peak = use_.held; }
  /// Lets the host at device addresses, or shuts it out again.
  void set_open(bool is_open);

 private:
  std::size_t size_;
  char* device_ = nullptr;
  char* kernel_ = nullptr;
  std::mutex mutex_;
  std::map<std::size_t, std::size_t> free_;  ///< begin to length, no two side by side
  std::map<std::size_t, std::size_t> used_;
  Use use_{};
};

/// The one of this process; tensors of static life time must not lie there.
[[nodiscard]] DeviceMemory& device_memory();

}  // namespace lightreasoner::stand_in
