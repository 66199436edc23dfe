// SPDX-License-Identifier: Apache-2.0
// Adapters and merged models on a device whose memory the host cannot touch.
#include "device/determinism.hpp"
#include "device/transfer.hpp"
#include "lora/merge.hpp"
#include "lora/peft_files.hpp"
#include "model/golden.hpp"
#include "model/tensor_places.hpp"
#include "support/files.hpp"
#include "support/stand_in/device.hpp"
#include "support/temporary_folder.hpp"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

namespace lightreasoner::lora {
namespace {

namespace golden = model::testing;

class StandIn : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    device::set_up_torch(1);
    stand_in::set_up();
  }
  [[nodiscard]] static LoraAdapter some_adapter(const model::Decoder& decoder) {
    const at::NoGradGuard no_gradients;
    LoraAdapter adapter = make_adapter(decoder, {}, 5);
    for (LoraModule& module : adapter.modules) module.b.fill_(0.25);
    return adapter;
  }

  model::Decoder host_ = model::load_decoder(golden::model_folder("untied"));
  LoraAdapter adapter_ = some_adapter(host_);
  model::Decoder device_ = model::to_device(host_, stand_in::device());
  LoraAdapter moved_ = to_device(adapter_, stand_in::device());
  const testing_support::TemporaryFolder folder_;
};

TEST_F(StandIn, WritesTheAdapterOfTheHost) {
  EXPECT_EQ(moved_.modules[0].a.device(), stand_in::device());
  EXPECT_TRUE(moved_.modules[0].a.requires_grad());
  EXPECT_EQ(peft_files(moved_, "base"), peft_files(adapter_, "base"));
}

TEST_F(StandIn, MergesToTheBytesOfTheHost) {
  const model::Decoder merged = merge(device_, moved_);
  const std::filesystem::path base = golden::model_folder("untied");
  write_model_folder(merged, base, folder_.path() / "device");
  write_model_folder(merge(host_, adapter_), base, folder_.path() / "host");
  EXPECT_EQ(support::read_file(folder_.path() / "device/model.safetensors"),
            support::read_file(folder_.path() / "host/model.safetensors"));
  const AttachedAdapter attached(device_, moved_);
  EXPECT_LE(logit_gap(attached.decoder(), merged, {{1, 2, 3, 4}, {5, 6}}), golden::logit_rounding);
}

}  // namespace
}  // namespace lightreasoner::lora
