// SPDX-License-Identifier: Apache-2.0
#include "inputs/inputs.hpp"

#include "micro_inputs.hpp"
#include "run/stage_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::inputs {
namespace {

using testing::configure;
using ::testing::HasSubstr;
using testing::read;
using testing::refusal;
using testing_support::world;

TEST(Inputs, HaveShapesAndFactsAndNoWeights) {
  const inputs::Inputs inputs = read();
  EXPECT_TRUE(inputs.models.expert.embedding.is_meta());
  EXPECT_TRUE(inputs.models.amateur.embedding.is_meta());
  EXPECT_EQ(inputs.facts.at("models.expert.weights"), run::unread);
  EXPECT_EQ(inputs.facts.at("models.expert.dtype"), "float32");
  // Every rank knows the same.
  for (const auto& [name, value] : inputs.facts) {
    EXPECT_EQ(value, parallel::broadcast(world(), value)) << name;
  }
}

TEST(Inputs, GetTheWeightsThatAreNeeded) {
  config::RunConfig config = configure();
  inputs::Inputs inputs = read_inputs(world(), config);
  const TimesByModel times =
      load_weights(world(), config.tuning.lora, {.expert = true}, at::kCPU, inputs);
  EXPECT_TRUE(times.contains("expert"));
  EXPECT_FALSE(times.contains("amateur"));
  EXPECT_FALSE(inputs.models.expert.embedding.is_meta());
  EXPECT_TRUE(inputs.models.amateur.embedding.is_meta());
  EXPECT_NE(inputs.facts.at("models.expert.weights"), run::unread);
  EXPECT_EQ(inputs.facts.at("models.amateur.weights"), run::unread);
  EXPECT_TRUE(load_weights(world(), config.tuning.lora, {}, at::kCPU, inputs).empty());
}

TEST(Inputs, AreRefusedAlikeOnAllRanks) {
  EXPECT_THAT(refusal({"models.amateur=nowhere"}), HasSubstr("nowhere/config.json"));
  EXPECT_THAT(refusal({"models.expert=nowhere"}), HasSubstr("nowhere/config.json"));
}

}  // namespace
}  // namespace lightreasoner::inputs
