// SPDX-License-Identifier: Apache-2.0
/// Memory that the ranks of a node share: one copy of what all of them only read.
#pragma once

#include "parallel/communicator.hpp"

#include <cstddef>
#include <span>

namespace lightreasoner::parallel {

/// Bytes written once by their owner and then read by all ranks of a node.
///
/// An anonymous file in memory (memfd) that the node's other ranks map through /proc, not an MPI
/// window: its size is not bounded by /dev/shm (64 MiB in many containers), nothing is left behind
/// by a killed job, and letting go of it is not collective, so a rank that fails while others wait
/// elsewhere still ends the job. Where a rank cannot map it (ranks in containers of their own), or
/// has its node to itself, every rank of the node owns a plain allocation.
class NodeMemory {
 public:
  /// `num_bytes` zeros. `node` has ranks that can share memory (split_by_node). Throws
  /// std::runtime_error on all of them when there is not so much. Collective over node.
  NodeMemory(const Communicator& node, std::size_t num_bytes);
  ~NodeMemory();
  NodeMemory(const NodeMemory&) = delete;
  NodeMemory& operator=(const NodeMemory&) = delete;

  /// Whether this rank is to fill the memory: rank 0 of the node, or every rank.
  [[nodiscard]] bool is_owner() const { return is_owner_; }
  /// For the owner, until freeze.
  [[nodiscard]] std::span<std::byte> writable();
  /// Waits for the node's owner; afterwards a write by anybody is a segmentation fault.
  /// Collective over node.
  void freeze(const Communicator& node);
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, num_bytes_}; }

 private:
  void share(const Communicator& node);
  void allocate();

  std::byte* data_ = nullptr;
  std::size_t num_bytes_ = 0;
  bool is_owner_ = false;
  bool is_frozen_ = false;
};

}  // namespace lightreasoner::parallel
