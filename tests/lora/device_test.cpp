// SPDX-License-Identifier: Apache-2.0
// Adapters and merged models on a device.
#include "device/determinism.hpp"
#include "device/transfer.hpp"
#include "lora/dropout.hpp"
#include "lora/merge.hpp"
#include "lora/peft_files.hpp"
#include "model/golden.hpp"
#include "support/device_under_test.hpp"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

namespace lightreasoner::lora {
namespace {

namespace golden = model::testing;
using testing_support::there;

class OnDevice : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { device::set_up_torch(1); }
  void SetUp() override { testing_support::skip_without_device(); }
  [[nodiscard]] static LoraAdapter some_adapter(const model::Decoder& decoder) {
    const at::NoGradGuard no_gradients;
    LoraAdapter adapter = make_adapter(decoder, {}, 5);
    for (LoraModule& module : adapter.modules) module.b.fill_(0.25);
    return adapter;
  }

  model::Decoder host_ = model::load_decoder(golden::model_folder("untied"));
  LoraAdapter adapter_ = some_adapter(host_);
  model::Decoder device_ = model::to_device(host_, there());
  LoraAdapter moved_ = to_device(adapter_, there());
};

TEST_F(OnDevice, WritesTheAdapterOfTheHost) {
  EXPECT_EQ(moved_.modules[0].a.device(), there());
  EXPECT_TRUE(moved_.modules[0].a.requires_grad());
  EXPECT_EQ(peft_files(moved_, "base"), peft_files(adapter_, "base"));
}

TEST_F(OnDevice, MergesToWhatIsAttached) {
  const model::Decoder merged = merge(device_, moved_);
  const AttachedAdapter attached(device_, moved_);
  EXPECT_LE(logit_gap(attached.decoder(), merged, {{1, 2, 3, 4}, {5, 6}}), golden::logit_rounding);
}

TEST_F(OnDevice, DropsTheSameElements) {
  const DropoutContext draws{3, 1, {7, 8}};
  const at::Tensor here = dropout_mask(draws, 2, {2, 9, 33}, 0.25, at::Device(at::kCPU));
  const at::Tensor found = dropout_mask(draws, 2, {2, 9, 33}, 0.25, there());
  EXPECT_EQ(found.device(), there());
  EXPECT_TRUE(at::equal(device::to_host(found), here));
}

}  // namespace
}  // namespace lightreasoner::lora
