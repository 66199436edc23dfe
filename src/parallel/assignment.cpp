// SPDX-License-Identifier: Apache-2.0
#include "parallel/assignment.hpp"

namespace lightreasoner::parallel {

std::vector<std::uint64_t> units_of_rank(const Communicator& comm,
                                         std::span<const std::uint64_t> units) {
  std::vector<std::uint64_t> mine;
  const auto stride = static_cast<std::size_t>(comm.num_ranks());
  for (std::size_t i = static_cast<std::size_t>(comm.rank()); i < units.size(); i += stride) {
    mine.push_back(units[i]);
  }
  return mine;
}

}  // namespace lightreasoner::parallel
