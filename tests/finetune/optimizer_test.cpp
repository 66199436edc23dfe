// SPDX-License-Identifier: Apache-2.0
#include "finetune/optimizer.hpp"

#include "device/back_end.hpp"
#include "device/transfer.hpp"
#include "finetune/golden.hpp"

#include <ATen/ATen.h>
#include <algorithm>
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

void expect_near(const at::Tensor& found, const std::vector<float>& expected, double floor) {
  const std::vector<float> values = device::floats_to_host(found);
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double scale = std::max(std::abs(static_cast<double>(expected[i])), floor);
    EXPECT_NEAR(values[i], expected[i], relative_to_torch * scale) << "element " << i;
  }
}

OptimizerState state_of(const std::vector<float>& parameters) {
  const at::Tensor values = device::floats_to_device(parameters, device::host);
  return {values, at::zeros_like(values), at::zeros_like(values)};
}

at::Tensor narrowed(const std::vector<double>& gradient) {
  return at::tensor(gradient, at::kDouble).to(at::kFloat);
}

TEST(AdamW, FollowsTorch) {
  const nlohmann::json golden = examples::read_expected().at("adamw");
  OptimizerConfig config;
  config.weight_decay = 0.1;
  config.adam_beta1 = 0.8;
  config.adam_beta2 = 0.99;
  config.adam_epsilon = 1e-6;
  OptimizerState state = state_of(golden.at("initial").get<std::vector<float>>());
  for (const auto& update : golden.at("updates")) {
    auto gradient = update.at("gradient").get<std::vector<double>>();
    const double norm = clip_gradient(gradient, 1.0);
    EXPECT_NEAR(norm / update.at("norm").get<double>(), 1.0, norm_to_torch);
    adamw_update(state, narrowed(gradient), config, 0.01);
    expect_near(state.parameters, update.at("after").get<std::vector<float>>(), 1.0);
  }
  EXPECT_EQ(state.updates, 6U);
  expect_near(state.first_moment, golden.at("first_moment").get<std::vector<float>>(), 0.0);
  expect_near(state.second_moment, golden.at("second_moment").get<std::vector<float>>(), 0.0);
}

/// The update element by element, each operation rounded to the type.
template <typename Real>
struct PlainAdamW {
  std::vector<Real> parameters, first, second;
  int updates = 0;

  explicit PlainAdamW(const std::vector<float>& start)
      : parameters(start.begin(), start.end()), first(start.size()), second(start.size()) {}

  void update(const std::vector<float>& gradient, const OptimizerConfig& config, double rate) {
    ++updates;
    const auto decay = static_cast<Real>(1 - rate * config.weight_decay);
    const auto rest1 = static_cast<Real>(1 - config.adam_beta1);
    const auto beta2 = static_cast<Real>(config.adam_beta2);
    const auto rest2 = static_cast<Real>(1 - config.adam_beta2);
    const auto correction = static_cast<Real>(std::sqrt(1 - std::pow(config.adam_beta2, updates)));
    const auto step = static_cast<Real>(rate / (1 - std::pow(config.adam_beta1, updates)));
    const auto epsilon = static_cast<Real>(config.adam_epsilon);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const Real slope = gradient[i];
      parameters[i] *= decay;
      first[i] += rest1 * (slope - first[i]);
      second[i] = second[i] * beta2 + rest2 * slope * slope;
      parameters[i] -= step * first[i] / (std::sqrt(second[i]) / correction + epsilon);
    }
  }
};

// More elements than a vector register and a thread's share of them take.
TEST(AdamW, IsThePlainLoop) {
  constexpr std::int64_t size = 40'003;
  constexpr double rate = 0.01;
  const OptimizerConfig config{.weight_decay = 0.1};
  const at::Tensor angles = at::arange(size, at::kFloat);
  OptimizerState state = state_of(device::floats_to_host(angles.sin()));
  const std::vector<float> start = device::floats_to_host(state.parameters);
  PlainAdamW<double> plain(start);
  PlainAdamW<float> plain_float(start);
  for (int update = 1; update <= 5; ++update) {
    const at::Tensor gradient = (angles * update).cos() * 1e-3;
    adamw_update(state, gradient, config, rate);
    plain.update(device::floats_to_host(gradient), config, rate);
    plain_float.update(device::floats_to_host(gradient), config, rate);
  }
  const std::vector<float> found = device::floats_to_host(state.parameters);
  for (std::size_t i = 0; i < found.size(); ++i) {
    // Five updates of a step of at most `rate`, each of a dozen roundings, and of the parameter.
    ASSERT_NEAR(found[i], plain.parameters[i], 5 * (12 * rate + 2) * 0x1p-24) << "element " << i;
  }
  EXPECT_EQ(found, plain_float.parameters);
}

TEST(AdamW, LeavesParametersAloneWithoutGradientAndDecay) {
  OptimizerState state = state_of({1.0F, -2.0F});
  adamw_update(state, narrowed({0.0, 0.0}), {}, 0.1);
  EXPECT_EQ(device::floats_to_host(state.parameters), (std::vector<float>{1.0F, -2.0F}));
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
