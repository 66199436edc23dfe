// SPDX-License-Identifier: Apache-2.0
#include "parallel/node_memory.hpp"

#include "support/mpi_world.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace lightreasoner::parallel {
namespace {

using testing_support::world;

/// Bytes of this process by a line of /proc/self/smaps_rollup ("Private_Dirty").
std::int64_t memory_of(const std::string& line) {
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string word; file >> word;) {
    if (word == line + ":") {
      std::int64_t kilobytes = 0;
      file >> kilobytes;
      return kilobytes * 1024;
    }
  }
  return -1;
}

/// This process's share of memory that belongs to no file, wherever the kernel has put it: pages of
/// files come and go as the machine needs room.
std::int64_t share_of_memory() {
  return memory_of("Pss_Anon") + memory_of("Pss_Shmem") + memory_of("SwapPss");
}

std::byte pattern(std::size_t i) { return static_cast<std::byte>(i * 31 + i / 4096); }

TEST(NodeMemory, HoldsTheOwnersBytesOnceForAllRanks) {
  constexpr std::size_t size = std::size_t{96} << 20;
  constexpr std::int64_t slack = std::int64_t{8} << 20;  // what MPI takes meanwhile
  const std::int64_t dirty_before = memory_of("Private_Dirty");
  const std::int64_t share_before = share_of_memory();
  NodeMemory memory(world(), size);
  EXPECT_EQ(memory.is_owner(), world().is_root());
  if (memory.is_owner()) {
    const std::span<std::byte> bytes = memory.writable();
    for (std::size_t i = 0; i < size; ++i) {
      bytes[i] = pattern(i);
    }
  }
  memory.freeze(world());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < size; ++i) {
    wrong += memory.bytes()[i] == pattern(i) ? 0 : 1;
  }
  EXPECT_EQ(wrong, 0U);
  barrier(world());  // all have looked at all pages
  if (world().num_ranks() > 1) {
    EXPECT_LE(memory_of("Private_Dirty") - dirty_before, slack);
  }
  const auto share =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, share_of_memory() - share_before));
  const auto ranks = static_cast<std::uint64_t>(world().num_ranks());
  EXPECT_LE(all_reduce_sum(world(), share), size + ranks * slack);
  EXPECT_GE(all_reduce_sum(world(), share), size - slack) << "shares were not measured";
}

TEST(NodeMemory, EachNodeHasItsOwn) {
  const Communicator node = split(world(), world().rank() % 2);
  NodeMemory memory(node, 100);
  if (memory.is_owner()) {
    std::fill_n(memory.writable().begin(), 100, static_cast<std::byte>(world().rank() % 2 + 1));
  }
  memory.freeze(node);
  EXPECT_EQ(memory.bytes().size(), 100U);
  EXPECT_EQ(memory.bytes()[99], static_cast<std::byte>(world().rank() % 2 + 1));
}

TEST(NodeMemory, IsOnlyWrittenByItsOwnerAndBeforeFreeze) {
  NodeMemory memory(world(), 8);
  if (!memory.is_owner()) {
    EXPECT_THROW((void)memory.writable(), std::logic_error);
  }
  memory.freeze(world());
  EXPECT_THROW((void)memory.writable(), std::logic_error);
}

TEST(NodeMemory, NothingIsRoomEnoughForNothing) {
  NodeMemory memory(world(), 0);
  memory.freeze(world());
}

TEST(NodeMemory, SaysWhenThereIsNotSoMuch) {
  EXPECT_THROW(NodeMemory(world(), std::size_t{1} << 60), std::runtime_error);
}

}  // namespace
}  // namespace lightreasoner::parallel
