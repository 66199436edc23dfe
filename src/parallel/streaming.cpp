// SPDX-License-Identifier: Apache-2.0
#include "parallel/streaming.hpp"

#include "parallel/together.hpp"
#include "support/process.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>
#include <vector>

namespace lightreasoner::parallel {

void stream_pieces(const Communicator& comm, const Source& source, std::size_t piece,
                   const PieceReceiver& receive) {
  std::vector<std::byte> buffer(std::min<std::uint64_t>(piece, source.num_bytes));
  for (std::uint64_t begin = 0; begin < source.num_bytes; begin += piece) {
    const std::uint64_t count = std::min<std::uint64_t>(piece, source.num_bytes - begin);
    const std::span<std::byte> bytes(buffer.data(), count);
    run_on_root(comm, [&] { source.read(begin, bytes); });
    broadcast_bytes(comm, bytes);
    run_together(comm, [&] { receive(bytes); });
  }
}

void require_same(const Communicator& comm, const std::string& bytes, const std::string& what) {
  const std::string expected = broadcast(comm, bytes);
  run_together(comm, [&] {
    if (bytes != expected) {
      throw std::runtime_error(fmt::format(
          "{}: host {} received other bytes than rank 0 read; its memory or network is at fault",
          what, support::host_name()));
    }
  });
}

}  // namespace lightreasoner::parallel
