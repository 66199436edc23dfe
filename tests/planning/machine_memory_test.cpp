// SPDX-License-Identifier: Apache-2.0
#include "planning/machine_memory.hpp"

#include "support/temporary_folder.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace lightreasoner::planning {
namespace {

struct MachineMemory : ::testing::Test {
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = folder_.path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text << "\n";
  }
  [[nodiscard]] std::uint64_t read() const { return machine_memory(folder_.path()); }

  testing_support::TemporaryFolder folder_;
};

TEST_F(MachineMemory, IsTheMachinesWithoutControlGroups) {
  EXPECT_GE(read(), machine_memory());
  write("proc/self/cgroup", "0::/job\nodd line");
  const std::uint64_t machine = read();
  write("sys/fs/cgroup/job/memory.max", "max");
  EXPECT_EQ(read(), machine);
}

TEST_F(MachineMemory, IsTheLowestLimitAboveTheProcess) {
  write("proc/self/cgroup", "0::/slurm/job_7/step_0");
  write("sys/fs/cgroup/slurm/memory.max", "9000000");
  write("sys/fs/cgroup/slurm/job_7/memory.max", "5000000");
  write("sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max");
  EXPECT_EQ(read(), 5000000U);
}

TEST_F(MachineMemory, IsALimitThatAContainerSeesAtTheTop) {
  write("proc/self/cgroup", "0::/../elsewhere");
  write("sys/fs/cgroup/memory.max", "7000000");
  EXPECT_EQ(read(), 7000000U);
}

TEST_F(MachineMemory, KnowsTheFirstVersionOfControlGroups) {
  write("proc/self/cgroup", "5:cpuset:/job\n4:cpu,memory:/job");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
  write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "6000000");
  EXPECT_EQ(read(), 6000000U);
}

}  // namespace
}  // namespace lightreasoner::planning
