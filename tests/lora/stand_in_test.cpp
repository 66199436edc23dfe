// SPDX-License-Identifier: Apache-2.0
// Merged models on a device that has the CPU's kernels and whose memory the host cannot touch.
#include "device/determinism.hpp"
#include "lora/adapter.hpp"
#include "lora/merge.hpp"
#include "model/golden.hpp"
#include "support/files.hpp"
#include "support/stand_in/device.hpp"
#include "support/temporary_folder.hpp"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

namespace lightreasoner::lora {
namespace {

TEST(StandIn, MergesToTheBytesOfTheHost) {
  device::set_up_torch(1);
  stand_in::set_up();
  const std::filesystem::path base = model::testing::model_folder("untied");
  const model::Decoder decoder = model::load_decoder(base);
  LoraAdapter adapter = make_adapter(decoder, {}, 5);
  {
    const at::NoGradGuard no_gradients;
    for (LoraModule& module : adapter.modules) module.b.fill_(0.25);
  }
  const testing_support::TemporaryFolder folder;
  write_model_folder(
      merge(model::to_device(decoder, stand_in::device()), to_device(adapter, stand_in::device())),
      base, folder.path() / "device");
  write_model_folder(merge(decoder, adapter), base, folder.path() / "host");
  EXPECT_EQ(support::read_file(folder.path() / "device/model.safetensors"),
            support::read_file(folder.path() / "host/model.safetensors"));
}

}  // namespace
}  // namespace lightreasoner::lora
