// SPDX-License-Identifier: Apache-2.0
#include "support/stand_in/memory.hpp"

#include "support/stand_in/variables.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace lightreasoner::stand_in {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t largest = std::size_t{8} << 30;  ///< pages are there once written

char* map(int file, std::size_t size, int protection) {
  void* const address = ::mmap(nullptr, size, protection, MAP_SHARED | MAP_NORESERVE, file, 0);
  if (address == MAP_FAILED) throw std::runtime_error("the stand-in's memory cannot be mapped");
  return static_cast<char*>(address);
}

}  // namespace

DeviceMemory::DeviceMemory()
    : size_(std::min<std::size_t>(number_in(bytes_variable, largest), largest)), free_{{0, size_}} {
  const int file = ::memfd_create("stand-in device", MFD_CLOEXEC);
  if (file < 0 || ::ftruncate(file, static_cast<off_t>(size_)) != 0) {
    throw std::runtime_error("the stand-in's memory cannot be made");
  }
  device_ = map(file, size_, PROT_NONE);
  kernel_ = map(file, size_, PROT_READ | PROT_WRITE);
  ::close(file);
}

DeviceMemory::~DeviceMemory() {
  ::munmap(device_, size_);
  ::munmap(kernel_, size_);
}

void* DeviceMemory::allocate(std::size_t bytes) {
  const std::size_t length = (std::max<std::size_t>(bytes, 1) + page - 1) / page * page;
  const std::lock_guard lock(mutex_);
  const auto hole = std::find_if(free_.begin(), free_.end(),
                                 [&](const auto& part) { return part.second >= length; });
  if (hole == free_.end()) return nullptr;
  const auto [begin, available] = *hole;
  free_.erase(hole);
  if (available > length) free_.emplace(begin + length, available - length);
  used_.emplace(begin, length);
  use_.held += length;
  use_.peak = std::max(use_.peak, use_.held);
  return device_ + begin;
}

void DeviceMemory::free(void* address) {
  const std::lock_guard lock(mutex_);
  const auto part = used_.extract(static_cast<std::size_t>(static_cast<char*>(address) - device_));
  std::size_t begin = part.key();
  std::size_t length = part.mapped();
  use_.held -= length;
  if (const auto next = free_.find(begin + length); next != free_.end()) {
    length += next->second;
    free_.erase(next);
  }
  if (const auto after = free_.lower_bound(begin); after != free_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == begin) {
      begin = before->first;
      length += before->second;
      free_.erase(before);
    }
  }
  free_.emplace(begin, length);
}

void* DeviceMemory::kernel_view(const void* address) const {
  return kernel_ + (static_cast<const char*>(address) - device_);
}

void DeviceMemory::set_open(bool is_open) {
  const int protection = is_open ? PROT_READ | PROT_WRITE : PROT_NONE;
  if (::mprotect(device_, size_, protection) != 0) {
    throw std::runtime_error("the stand-in's memory cannot be opened or shut");
  }
}

DeviceMemory& device_memory() {
  static DeviceMemory memory;
  return memory;
}

}  // namespace lightreasoner::stand_in
