// SPDX-License-Identifier: Apache-2.0
// Gradients from a device.
#include "finetune/golden.hpp"
#include "finetune/loss.hpp"
#include "kernels/kokkos_on_device.hpp"
#include "support/device_under_test.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace lightreasoner::finetune {
namespace {

using testing_support::bytes_to_host;
using testing_support::there;

/// Of the largest element: what attention rounds in another order, as between one pass and many
/// (loss_test).
constexpr double gradient_tolerance = 1e-5;

class OnDevice : public ::testing::TestWithParam<bool> {
 protected:
  static void SetUpTestSuite() { device::set_up_torch(1); }
  void SetUp() override { testing_support::skip_without_device(); }
};

TEST_P(OnDevice, HasTheGradientOfTheHost) {
  Golden golden = load_golden();
  std::vector<std::uint64_t> examples(golden.set.size());
  std::iota(examples.begin(), examples.end(), std::uint64_t{0});
  model::Decoder decoder = model::to_device(golden.decoder, there());
  lora::LoraAdapter adapter = lora::to_device(golden.adapter, there());
  adapter.config.dropout = golden.adapter.config.dropout = 0.25;
  lora::AttachedAdapter tuned(decoder, adapter);
  const lora::DropoutContext draws{3, 1, examples};
  tuned.set_dropout(draws);
  golden.tuned.set_dropout(draws);
  const LossRules rules{.recomputes_layers = GetParam()};
  const std::uint64_t before = bytes_to_host();
  const MicroBatchGradient found = micro_batch_gradient(tuned, golden.set, examples, rules);
  const std::uint64_t sent = bytes_to_host() - before;
  const MicroBatchGradient expected =
      micro_batch_gradient(golden.tuned, golden.set, examples, rules);
  EXPECT_NEAR(found.loss, expected.loss, 1e-6 * std::abs(expected.loss));
  ASSERT_EQ(found.gradient.size(), expected.gradient.size());
  const float largest =
      std::abs(*std::max_element(expected.gradient.begin(), expected.gradient.end(),
                                 [](float a, float b) { return std::abs(a) < std::abs(b); }));
  for (std::size_t i = 0; i < expected.gradient.size(); ++i) {
    ASSERT_NEAR(found.gradient[i], expected.gradient[i], gradient_tolerance * largest) << i;
  }
  // The gradient and the loss: nothing that grows with the vocabulary.
  EXPECT_LE(sent, found.gradient.size() * sizeof(float) + 64);
}

INSTANTIATE_TEST_SUITE_P(Layers, OnDevice, ::testing::Bool(), [](const auto& recomputes) {
  return recomputes.param ? "RunTwice" : "Kept";
});

}  // namespace
}  // namespace lightreasoner::finetune
