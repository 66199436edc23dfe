// SPDX-License-Identifier: Apache-2.0
/// Stands in for the C library's allocation functions, as its manual allows, and counts.
#include "support/counting_malloc.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>

// NOLINTBEGIN(bugprone-reserved-identifier): the C library's names
extern "C" {

std::size_t malloc_usable_size(void* memory);
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)

namespace {

struct Bytes {
  std::atomic<std::uint64_t> held{0};
  std::atomic<std::uint64_t> greatest{0};
};

/// There before the first allocation of all: what is constant needs no start.
Bytes& bytes() {
  static constinit Bytes all;
  return all;
}

void* counted(void* memory) {
  const std::uint64_t now = bytes().held += ::malloc_usable_size(memory);
  std::uint64_t before = bytes().greatest;
  while (now > before && !bytes().greatest.compare_exchange_weak(before, now)) {
  }
  return memory;
}

void uncounted(void* memory) { bytes().held -= ::malloc_usable_size(memory); }

}  // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library has its own
extern "C" {

void* malloc(std::size_t size) { return counted(__libc_malloc(size)); }
void* calloc(std::size_t count, std::size_t size) { return counted(__libc_calloc(count, size)); }
void* memalign(std::size_t alignment, std::size_t size) {
  return counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  *memory = memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}
void* realloc(void* memory, std::size_t size) {
  uncounted(memory);
  void* const moved = __libc_realloc(memory, size);
  static_cast<void>(counted(moved == nullptr && size > 0 ? memory : moved));
  return moved;
}
void free(void* memory) {
  uncounted(memory);
  __libc_free(memory);
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)

namespace lightreasoner::testing_support {

std::uint64_t peak_bytes_of(const std::function<void()>& body) {
  const std::uint64_t before = bytes().held;
  bytes().greatest = before;
  body();
  return bytes().greatest - before;
}

}  // namespace lightreasoner::testing_support
