// SPDX-License-Identifier: Apache-2.0
/// AMD's back-end on a made-up node, compiled against each of the three forms that LibTorch's names
/// have had there.
#include "device/gpu.hpp"
#include "mock_torch.h"
#include "support/errors.hpp"
#include "support/refusal.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hip/hip_runtime_api.h>

namespace {

struct Node {
  hipError_t answer = hipSuccess;
  int devices = 2;
};
Node& node() {
  static Node one;
  return one;
}

hipStream_t stream_of_torch() {
  static ihipStream_t stream;
  return &stream;
}

}  // namespace

const char* hipGetErrorString(hipError_t /*error*/) { return "invalid device ordinal"; }
const char* hipGetErrorName(hipError_t /*error*/) { return "hipErrorInvalidDevice"; }
hipError_t hipGetDeviceCount(int* count) {
  *count = node().devices;
  return node().answer;
}
hipError_t hipGetDeviceProperties(hipDeviceProp_t* properties, int /*device*/) {
  std::strcpy(properties->name, "AMD Instinct MI250X");
  std::strcpy(properties->gcnArchName, "gfx90a:sramecc+:xnack-");
  properties->totalGlobalMem = 68702699520;
  return hipSuccess;
}
hipError_t hipDeviceGetPCIBusId(char* id, int length, int device) {
  std::snprintf(id, static_cast<std::size_t>(length), "0000:C%d:00.0", device + 1);
  return hipSuccess;
}
hipError_t hipRuntimeGetVersion(int* version) {
  *version = 60240134;
  return hipSuccess;
}
hipError_t hipMemGetInfo(std::size_t* free, std::size_t* total) {
  *free = 60;
  *total = 64;
  return hipSuccess;
}

mock_torch::Stream mock_torch::current_stream() { return {stream_of_torch()}; }
mock_torch::DeviceStats mock_torch::stats_of(int device) {
  DeviceStats stats;
  stats.reserved_bytes[0].peak = 40 + device;
  return stats;
}

namespace lightreasoner::device::vendor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Hip : public ::testing::Test {
 protected:
  void SetUp() override { node() = {}; }
};

TEST_F(Hip, ListsDevicesByNameProcessorAndPlace) {
  const std::vector<VisibleDevice> devices = list_devices();
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices[1].name, "AMD Instinct MI250X");
  EXPECT_EQ(devices[1].architecture, "gfx90a");
  EXPECT_EQ(devices[1].bus_id, "0000:C2:00.0");
  EXPECT_EQ(devices[1].bytes, 68702699520U);
}

TEST_F(Hip, SeesNoneWhereThereIsNone) {
  node().answer = hipErrorNoDevice;
  EXPECT_TRUE(list_devices().empty());
}

TEST_F(Hip, NamesADriverThatIsTooOld) {
  node().answer = hipErrorInsufficientDriver;
  EXPECT_THAT(testing_support::refusal_of([] { static_cast<void>(list_devices()); }),
              AllOf(HasSubstr("too old"), HasSubstr("ROCm 6.2"), HasSubstr("update the driver")));
}

TEST_F(Hip, NamesTheCallThatFailed) {
  node().answer = hipErrorInvalidDevice;
  EXPECT_THAT(testing_support::refusal_of([] { static_cast<void>(list_devices()); }),
              AllOf(HasSubstr("hipGetDeviceCount"), HasSubstr("invalid device ordinal")));
}

TEST_F(Hip, RunsCodeOfTheSameProcessorAlone) {
  EXPECT_TRUE(runs_on("gfx90a", "gfx90a"));
  EXPECT_TRUE(runs_on("gfx90a:xnack-", "gfx90a"));
  EXPECT_FALSE(runs_on("gfx90a", "gfx942"));
}

TEST_F(Hip, ComputesOnTheStreamOfLibTorch) { EXPECT_EQ(current_stream(), stream_of_torch()); }

TEST_F(Hip, ReadsMemoryOfTheDeviceAndOfLibTorch) {
  const MemoryFigures figures = memory_figures(Device(c10::kCUDA, 1));
  EXPECT_EQ(figures.free, 60U);
  EXPECT_EQ(figures.total, 64U);
  EXPECT_EQ(figures.peak, 41U);
}

TEST_F(Hip, KeepsAtomicsOffUnlessAPersonSaysOtherwise) {
  ::unsetenv("ROCBLAS_DEFAULT_ATOMICS_MODE");
  set_up_libraries();
  EXPECT_EQ(library_settings(), "ROCm 6.2, rocblas_atomics 0");
  ::setenv("ROCBLAS_DEFAULT_ATOMICS_MODE", "1", 1);
  set_up_libraries();
  EXPECT_EQ(library_settings(), "ROCm 6.2, rocblas_atomics 1");
}

}  // namespace
}  // namespace lightreasoner::device::vendor
