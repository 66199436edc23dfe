// SPDX-License-Identifier: Apache-2.0
#include "placement/cores.hpp"

#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace lightreasoner::placement {
namespace {

TEST(Cores, AreThoseOfThisProcess) { EXPECT_FALSE(own_cores().empty()); }

TEST(Cores, AreWrittenAsTheKernelWritesThem) {
  EXPECT_EQ(format_cores({}), "");
  EXPECT_EQ(format_cores({7}), "7");
  EXPECT_EQ(format_cores({0, 1, 2, 3, 8, 10, 11}), "0-3,8,10-11");
}

class NumaNode : public ::testing::Test {
 protected:
  void add(const std::string& name, const std::string& cores) const {
    support::make_directories(folder_.path() / name);
    support::write_file_atomically(folder_.path() / name / "cpulist", cores);
  }
  [[nodiscard]] int node_of(const std::set<int>& cores) const {
    return numa_node_of(cores, folder_.path());
  }

  testing_support::TemporaryFolder folder_;
};

TEST_F(NumaNode, HoldsAllCores) {
  add("node0", "0-15,64-79\n");
  add("node1", "16-31,80-95\n");
  add("node12", "40\n");
  add("possible", "0-1\n");
  EXPECT_EQ(node_of({0, 64}), 0);
  EXPECT_EQ(node_of({16, 17, 95}), 1);
  EXPECT_EQ(node_of({40}), 12);
  EXPECT_EQ(node_of({15, 16}), unknown_numa_node);
  EXPECT_EQ(node_of({}), unknown_numa_node);
}

TEST_F(NumaNode, IsUnknownWhereTheSystemSaysNothingOfUse) {
  EXPECT_EQ(numa_node_of({0}, folder_.path() / "missing"), unknown_numa_node);
  for (const char* list : {"", "\n", "a-b", "0-", "-3", "0-99999999"}) {
    add("node0", list);
    EXPECT_EQ(node_of({0}), unknown_numa_node) << list;
  }
}

TEST_F(NumaNode, OfADeviceIsWhatItsFileSays) {
  const auto write = [&](const std::string& bus_id, const std::string& text) {
    support::make_directories(folder_.path() / bus_id);
    support::write_file_atomically(folder_.path() / bus_id / "numa_node", text);
    return numa_node_of_device(bus_id, folder_.path());
  };
  EXPECT_EQ(write("0000:c1:00.0", "3\n"), 3);
  EXPECT_EQ(write("0000:c9:00.0", "-1\n"), unknown_numa_node);
  EXPECT_EQ(numa_node_of_device("0000:d1:00.0", folder_.path()), unknown_numa_node);
}

}  // namespace
}  // namespace lightreasoner::placement
