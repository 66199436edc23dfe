// SPDX-License-Identifier: Apache-2.0
/// Large files to many ranks: read once, sent in pieces, compared by hash.
#pragma once

#include "parallel/communicator.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace lightreasoner::parallel {

/// How one rank gets at a source's bytes.
struct Source {
  std::uint64_t num_bytes = 0;
  std::function<void(std::uint64_t begin, std::span<std::byte>)> read;  ///< called on rank 0 only
};

using PieceReceiver = std::function<void(std::span<const std::byte>)>;

/// Hands the source's bytes to `receive` on every rank, in order, in pieces of at most `piece`
/// bytes, one of which is held at a time. What `read` or `receive` throws is agreed: all ranks
/// throw it. `source.num_bytes` is the same on every rank. Collective over comm.
void stream_pieces(const Communicator& comm, const Source& source, std::size_t piece,
                   const PieceReceiver& receive);

/// Throws std::runtime_error, agreed, naming the host of the first rank whose `bytes` are not those
/// of rank 0, and `what`. Collective over comm.
void require_same(const Communicator& comm, const std::string& bytes, const std::string& what);

}  // namespace lightreasoner::parallel
