// SPDX-License-Identifier: Apache-2.0
#include "parallel/dealing.hpp"

#include <vector>

namespace lightreasoner::parallel {
namespace {

std::vector<std::uint64_t> units_of_rank(const Communicator& comm,
                                         std::span<const std::uint64_t> units) {
  std::vector<std::uint64_t> mine;
  const auto stride = static_cast<std::size_t>(comm.num_ranks());
  for (auto i = static_cast<std::size_t>(comm.rank()); i < units.size(); i += stride) {
    mine.push_back(units[i]);
  }
  return mine;
}

}  // namespace

void for_each_unit(const Communicator& comm, std::span<const std::uint64_t> units,
                   const std::function<void(std::uint64_t unit)>& work) {
  for (const std::uint64_t unit : units_of_rank(comm, units)) {
    work(unit);
  }
}

void for_each_unit(const Communicator& comm, std::span<const std::uint64_t> units,
                   const UnitProgress& shown, const std::function<void(std::uint64_t unit)>& work) {
  const std::uint64_t num_mine = units_of_rank(comm, units).size();
  std::uint64_t done = 0;
  for_each_unit(comm, units, [&](std::uint64_t unit) {
    work(unit);
    shown.progress.update(shown.done_before + shown.num_items * ++done / num_mine);
  });
}

}  // namespace lightreasoner::parallel
