// SPDX-License-Identifier: Apache-2.0
// The stand-in device itself: what must not be done with a GPU's memory fails on it.
#include "device/determinism.hpp"
#include "device/launch_scope.hpp"
#include "device/transfer.hpp"
#include "support/stand_in/device.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace lightreasoner::device {
namespace {

class StandIn : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    set_up_torch(1);
    stand_in::set_up();
  }

  at::Tensor host_ = at::randn({4, 8});
  at::Tensor device_ = to_device(host_, stand_in::device());
};

TEST_F(StandIn, ComputesWhatTheCpuComputes) {
  const at::Tensor weight = at::randn({6, 8});
  const at::Tensor found = at::linear(device_, to_device(weight, stand_in::device()));
  EXPECT_EQ(found.device(), stand_in::device());
  EXPECT_TRUE(at::equal(to_host(found), at::linear(host_, weight)));
  EXPECT_TRUE(at::equal(to_host(device_.t().narrow(0, 2, 3).contiguous()),
                        host_.t().narrow(0, 2, 3).contiguous()));
}

TEST_F(StandIn, WritesThroughViews) {
  device_.narrow(1, 2, 3).fill_(7);
  device_.select(0, 1).copy_(at::arange(8));
  host_.narrow(1, 2, 3).fill_(7);
  host_.select(0, 1).copy_(at::arange(8));
  EXPECT_TRUE(at::equal(to_host(device_), host_));
}

TEST_F(StandIn, BackpropagatesAsTheCpuDoes) {
  const auto gradient = [&](const at::Tensor& input) {
    at::Tensor weight = to_device(at::ones({6, 8}), input.device()).requires_grad_(true);
    at::log_softmax(at::linear(input, weight), -1).select(1, 2).sum().backward();
    return to_host(weight.grad());
  };
  EXPECT_TRUE(at::equal(gradient(device_), gradient(host_)));
}

TEST_F(StandIn, RefusesOperandsOfTwoDevices) {
  EXPECT_THROW(static_cast<void>(at::linear(device_, at::randn({6, 8}))), c10::Error);
  EXPECT_THROW(static_cast<void>(at::cat({device_, host_})), c10::Error);
  EXPECT_THROW(static_cast<void>(device_.index({at::tensor({0, 1})})), c10::Error);
  EXPECT_NO_THROW(
      static_cast<void>(device_ * at::scalar_tensor(2.0F)));  // a number may be the host's
}

TEST_F(StandIn, CountsWhatPassesToAndFro) {
  const stand_in::Counts before = stand_in::counts();
  static_cast<void>(to_device(host_, stand_in::device()));
  static_cast<void>(to_host(device_.narrow(0, 0, 2)));
  EXPECT_EQ(device_.sum().numel(), 1);
  EXPECT_EQ(device_.sum().item<float>(), host_.sum().item<float>());
  const stand_in::Counts after = stand_in::counts();
  EXPECT_EQ(after.bytes_to_device - before.bytes_to_device, host_.nbytes());
  EXPECT_EQ(after.bytes_to_host - before.bytes_to_host, (2 * 8 + 1) * sizeof(float));
  EXPECT_EQ(after.launches, before.launches);
}

TEST_F(StandIn, LetsTheHostAtItsMemoryWithinALaunchAlone) {
  const auto* const values = device_.const_data_ptr<float>();
  const stand_in::Counts before = stand_in::counts();
  {
    const LaunchScope scope;
    EXPECT_EQ(values[3], host_.const_data_ptr<float>()[3]);
  }
  EXPECT_EQ(stand_in::counts().launches, before.launches + 1);
  EXPECT_EXIT(static_cast<void>(static_cast<volatile const float*>(values)[3]),
              ::testing::KilledBySignal(SIGSEGV), "");
}

}  // namespace
}  // namespace lightreasoner::device
