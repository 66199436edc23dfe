// SPDX-License-Identifier: Apache-2.0
// Models on a device.
#include "device/determinism.hpp"
#include "device/transfer.hpp"
#include "model/generate.hpp"
#include "model/golden.hpp"
#include "model/score.hpp"
#include "model/tensor_places.hpp"
#include "support/device_under_test.hpp"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

namespace lightreasoner::model {
namespace {

using testing_support::bytes_to_host;

class OnDevice : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() { device::set_up_torch(1); }
  void SetUp() override { testing_support::skip_without_device(); }

  Decoder host_ = load_decoder(testing::model_folder(GetParam()));
  Decoder device_ = to_device(host_, testing_support::there());
  std::vector<std::vector<std::int32_t>> prompts_ =
      testing::prompts_of(testing::read_goldens(GetParam()));
};

TEST_P(OnDevice, HoldsEveryTensor) {
  for (const auto& [name, tensor] : named_tensors(device_)) {
    EXPECT_EQ(tensor.device(), testing_support::there()) << name;
    EXPECT_TRUE(at::equal(device::to_host(tensor), named_tensors(host_).at(name))) << name;
  }
  EXPECT_EQ(device_.head.is_same(device_.embedding), host_.head.is_same(host_.embedding));
}

TEST_P(OnDevice, GeneratesAndScoresAsTheHostDoes) {
  GreedyOptions options{.max_new_tokens = 12, .keep_logits = true};
  options.repetition_penalty = 1.2;
  GreedyDecoding here(host_, prompts_, options);
  GreedyDecoding there(device_, prompts_, options);
  ChunkScoring scored_here(host_, prompts_);
  ChunkScoring scored_there(device_, prompts_);
  while (!here.done()) {
    ASSERT_FALSE(there.done());
    const DecodedChunk expected = here.advance(5);
    const DecodedChunk found = there.advance(5);
    ASSERT_TRUE(at::equal(found.tokens, expected.tokens));
    EXPECT_EQ(found.logits.device(), testing_support::there());
    EXPECT_LE(testing::gap(device::to_host(found.logits), expected.logits),
              testing::logit_rounding);
    EXPECT_LE(testing::gap(device::to_host(scored_there.score(found)), scored_here.score(expected)),
              testing::logit_rounding);
  }
  EXPECT_TRUE(there.done());
}

TEST_P(OnDevice, HasTheSameLastLogits) {
  EXPECT_LE(testing::gap(device::to_host(last_logits(device_, prompts_, 3)),
                         last_logits(host_, prompts_, 3)),
            testing::logit_rounding);
}

TEST_P(OnDevice, SendsBackNoMoreThanTheIdsOfAStep) {
  const std::uint64_t before = bytes_to_host();
  const auto continuations = generate_greedy(device_, prompts_, {.max_new_tokens = 8});
  EXPECT_EQ(continuations.size(), prompts_.size());
  EXPECT_LE(bytes_to_host() - before, 8 * prompts_.size() * sizeof(std::int64_t));
}

INSTANTIATE_TEST_SUITE_P(Models, OnDevice, ::testing::Values("tied", "untied"),
                         [](const auto& model) { return std::string(model.param); });

}  // namespace
}  // namespace lightreasoner::model
