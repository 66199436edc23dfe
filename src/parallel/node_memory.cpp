// SPDX-License-Identifier: Apache-2.0
#include "parallel/node_memory.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lightreasoner::parallel {
namespace {

/// What a rank needs to find another's anonymous file, and to know that it is the right one:
/// process ids mean something else in another container.
struct Place {
  pid_t process = -1;
  int descriptor = -1;
  dev_t device = 0;
  ino_t inode = 0;
};

Place place_of(int descriptor) {
  struct stat status {};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
    return {};
  }
  return {::getpid(), descriptor, status.st_dev, status.st_ino};
}

int create(std::size_t num_bytes) {
  const int descriptor = ::memfd_create("lightreasoner", MFD_CLOEXEC);
  if (descriptor >= 0 && ::ftruncate(descriptor, static_cast<off_t>(num_bytes)) != 0) {
    ::close(descriptor);
    return -1;
  }
  return descriptor;
}

/// The file at `place` for reading, negative when it cannot be reached.
int open_at(const Place& place) {
  const std::string path = fmt::format("/proc/{}/fd/{}", place.process, place.descriptor);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const Place found = place_of(descriptor);
  if (descriptor >= 0 && (found.device != place.device || found.inode != place.inode)) {
    ::close(descriptor);
    return -1;
  }
  return descriptor;
}

std::byte* map(std::size_t num_bytes, int protection, int flags, int descriptor) {
  void* address = ::mmap(nullptr, num_bytes, protection, flags, descriptor, 0);
  return address == MAP_FAILED ? nullptr : static_cast<std::byte*>(address);
}

bool all_true(const Communicator& comm, bool mine) {
  const auto ranks = static_cast<std::uint64_t>(comm.num_ranks());
  return all_reduce_sum(comm, std::uint64_t{mine}) == ranks;
}

}  // namespace

NodeMemory::NodeMemory(const Communicator& node, std::size_t num_bytes)
    : num_bytes_(std::max<std::size_t>(num_bytes, 1)) {
  if (node.num_ranks() > 1) {
    share(node);
  }
  if (data_ == nullptr) {
    allocate();
  }
  if (!all_true(node, data_ != nullptr)) {
    throw std::runtime_error(fmt::format("{:.1f} GiB of memory cannot be had on this node",
                                         static_cast<double>(num_bytes_) / (1 << 30)));
  }
  // Weights are read in long runs; where the kernel has no huge pages for it, nothing changes.
  ::madvise(data_, num_bytes_, MADV_HUGEPAGE);
}

NodeMemory::~NodeMemory() {
  if (data_ != nullptr) {
    ::munmap(data_, num_bytes_);
  }
}

void NodeMemory::share(const Communicator& node) {
  int descriptor = node.is_root() ? create(num_bytes_) : -1;
  const Place place = broadcast(node, place_of(descriptor));
  is_owner_ = node.is_root();
  if (!is_owner_) {
    descriptor = open_at(place);
  }
  if (descriptor >= 0) {
    data_ = map(num_bytes_, is_owner_ ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor);
  }
  const bool is_shared = all_true(node, data_ != nullptr);
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  if (!is_shared && data_ != nullptr) {
    ::munmap(data_, num_bytes_);
    data_ = nullptr;
  }
}

void NodeMemory::allocate() {
  is_owner_ = true;
  data_ = map(num_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

std::span<std::byte> NodeMemory::writable() {
  support::require(is_owner_ && !is_frozen_, "only the owner writes, and only before freeze");
  return {data_, num_bytes_};
}

void NodeMemory::freeze(const Communicator& node) {
  barrier(node);
  is_frozen_ = true;
  support::require(::mprotect(data_, num_bytes_, PROT_READ) == 0, "mprotect of mapped memory");
}

}  // namespace lightreasoner::parallel
