// SPDX-License-Identifier: Apache-2.0
#include "finetune/optimizer.hpp"

#include "finetune/golden.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace lightreasoner::finetune {
namespace {

// | what                                         | tolerance                          |
// |----------------------------------------------|------------------------------------|
// | parameters and moments against torch         | relative, or of the largest value: |
constexpr double relative_to_torch = 2e-6;
// | the norm against torch's fp32 norm           | relative:                          |
constexpr double norm_to_torch = 1e-6;

void expect_near(const std::vector<float>& values, const std::vector<float>& expected,
                 double floor) {
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double scale = std::max(std::abs(static_cast<double>(expected[i])), floor);
    EXPECT_NEAR(values[i], expected[i], relative_to_torch * scale) << "element " << i;
  }
}

TEST(AdamW, FollowsTorch) {
  const nlohmann::json golden = examples::read_expected().at("adamw");
  OptimizerConfig config;
  config.weight_decay = 0.1;
  config.adam_beta1 = 0.8;
  config.adam_beta2 = 0.99;
  config.adam_epsilon = 1e-6;
  auto parameters = golden.at("initial").get<std::vector<float>>();
  OptimizerState state;
  state.first_moment.assign(parameters.size(), 0.0F);
  state.second_moment.assign(parameters.size(), 0.0F);
  for (const auto& update : golden.at("updates")) {
    auto gradient = update.at("gradient").get<std::vector<double>>();
    const double norm = clip_gradient(gradient, 1.0);
    EXPECT_NEAR(norm / update.at("norm").get<double>(), 1.0, norm_to_torch);
    adamw_update(parameters, gradient, state, config, 0.01);
    expect_near(parameters, update.at("after").get<std::vector<float>>(), 1.0);
  }
  EXPECT_EQ(state.updates, 6U);
  expect_near(state.first_moment, golden.at("first_moment").get<std::vector<float>>(), 0.0);
  expect_near(state.second_moment, golden.at("second_moment").get<std::vector<float>>(), 0.0);
}

TEST(AdamW, LeavesParametersAloneWithoutGradientAndDecay) {
  std::vector<float> parameters{1.0F, -2.0F};
  OptimizerState state{{0.0F, 0.0F}, {0.0F, 0.0F}, 0};
  adamw_update(parameters, std::vector<double>{0.0, 0.0}, state, {}, 0.1);
  EXPECT_EQ(parameters, (std::vector<float>{1.0F, -2.0F}));
}

TEST(ClipGradient, ScalesToTheLargestNormAllowed) {
  std::vector<double> gradient{3.0, -4.0};
  EXPECT_DOUBLE_EQ(clip_gradient(gradient, 1.0), 5.0);
  EXPECT_DOUBLE_EQ(gradient[0], 3.0 / (5.0 + 1e-6));
  EXPECT_DOUBLE_EQ(gradient[1], -4.0 / (5.0 + 1e-6));
}

TEST(ClipGradient, LeavesAShortGradientAlone) {
  std::vector<double> gradient{0.3, -0.4};
  EXPECT_DOUBLE_EQ(clip_gradient(gradient, 1.0), 0.5);
  EXPECT_EQ(gradient, (std::vector<double>{0.3, -0.4}));
}

TEST(LearningRate, DecaysLinearlyFromItsStartToZero) {
  Config config;
  config.iterations = 4;
  config.optimizer.learning_rate = 0.8;
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 0), 0.8);
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 1), 0.6);
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 3), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 4), 0.0);
}

}  // namespace
}  // namespace lightreasoner::finetune
