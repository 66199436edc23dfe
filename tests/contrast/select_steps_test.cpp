// SPDX-License-Identifier: Apache-2.0
#include "contrast/select_steps.hpp"

#include "support/refusal.hpp"

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace lightreasoner::contrast {
namespace {

using testing_support::refusal_of;

// quantity              tolerance   why
constexpr double weight = 1e-6;  // softmax in double, stored in fp32
constexpr double sum = 1e-5;     // up to 64 fp32 weights added

/// Random steps with floor sets of up to 64 ids in random positions, the top entry included.
StepContrasts random_steps(std::size_t num_steps, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> share(0.02F, 1.0F);
  std::normal_distribution<float> noise(0, 2);
  StepContrasts steps;
  for (std::size_t step = 0; step < num_steps; ++step) {
    steps.kl.push_back(std::abs(noise(random)));
    const std::size_t size = 1 + random() % 64;
    const float top = -0.5F * share(random);
    const std::size_t top_entry = random() % size;
    for (std::size_t entry = 0; entry < size; ++entry) {
      steps.floor.ids.push_back(static_cast<std::int32_t>(3 * entry + step));
      steps.floor.expert_log_probability.push_back(
          entry == top_entry ? top : top + std::log(share(random)));
      steps.floor.amateur_log_probability.push_back(-5.0F + noise(random));
    }
    steps.floor.offsets.push_back(steps.floor.ids.size());
  }
  return steps;
}

TEST(SelectSteps, KeepsStepsAtOrAboveBeta) {
  StepContrasts steps = random_steps(3, 1);
  steps.kl = {0.4F, std::nextafter(0.4F, 0.0F), 7.0F};
  EXPECT_THAT(select_steps(steps, Config{}).steps, ::testing::ElementsAre(0, 2));
}

TEST(SelectSteps, WeightsAreTheSoftmaxOfTheLogRatio) {
  StepContrasts steps;
  steps.kl = {1.0F};
  steps.floor.offsets = {0, 3};
  steps.floor.ids = {4, 9, 12};
  steps.floor.expert_log_probability = {std::log(0.6F), std::log(0.3F), std::log(0.1F)};
  steps.floor.amateur_log_probability = {std::log(0.3F), std::log(0.6F), std::log(0.1F)};
  // Ratios 2, 1/2 and, were it in the support, 1.
  const SoftLabels labels = select_steps(steps, Config{});
  EXPECT_THAT(labels.ids, ::testing::ElementsAre(4, 9));
  EXPECT_NEAR(labels.weights[0], 0.8, weight);
  EXPECT_NEAR(labels.weights[1], 0.2, weight);
}

TEST(SelectSteps, SurvivesLogRatiosBeyondTheRangeOfExp) {
  StepContrasts steps;
  steps.kl = {900.0F};
  steps.floor.offsets = {0, 2};
  steps.floor.ids = {0, 1};
  steps.floor.expert_log_probability = {std::log(0.5F), std::log(0.5F)};
  steps.floor.amateur_log_probability = {-2000.0F, -3000.0F};
  EXPECT_THAT(select_steps(steps, Config{}).weights, ::testing::ElementsAre(0.0F, 1.0F));
}

TEST(SelectSteps, WeightsOfEveryLabelSumToOne) {
  const StepContrasts steps = random_steps(300, 2);
  const SoftLabels labels = select_steps(steps, {0.0F, 0.02F, 0.02F});
  ASSERT_EQ(labels.offsets.size(), labels.steps.size() + 1);
  for (std::size_t label = 0; label < labels.steps.size(); ++label) {
    double total = 0;
    for (std::uint64_t entry = labels.offsets[label]; entry < labels.offsets[label + 1]; ++entry) {
      EXPECT_GE(labels.weights[entry], 0);
      total += static_cast<double>(labels.weights[entry]);
    }
    EXPECT_NEAR(total, 1, sum);
  }
}

TEST(SelectSteps, SupportShrinksAsAlphaGrowsAndKeepsTheTop) {
  const StepContrasts steps = random_steps(100, 3);
  SoftLabels wider = select_steps(steps, {0.0F, 0.02F, 0.02F});
  for (const float alpha : {0.05F, 0.2F, 0.7F, 1.0F}) {
    const SoftLabels narrower = select_steps(steps, {0.0F, alpha, 0.02F});
    for (std::size_t step = 0; step < 100; ++step) {
      const auto ids_of = [step](const SoftLabels& labels) {
        const auto at = [&](std::size_t i) {
          return labels.ids.begin() + static_cast<std::ptrdiff_t>(labels.offsets[i]);
        };
        return std::vector<std::int32_t>(at(step), at(step + 1));
      };
      const auto inner = ids_of(narrower);
      const auto outer = ids_of(wider);
      EXPECT_GE(inner.size(), 1U);
      EXPECT_TRUE(std::includes(outer.begin(), outer.end(), inner.begin(), inner.end()));
    }
    wider = narrower;
  }
}

TEST(SelectSteps, SelectionShrinksAsBetaGrows) {
  const StepContrasts steps = random_steps(200, 4);
  std::vector<std::uint64_t> more = select_steps(steps, {0.0F, 0.2F, 0.02F}).steps;
  EXPECT_EQ(more.size(), 200U);
  for (const float beta : {0.1F, 0.4F, 2.0F, 50.0F}) {
    const auto fewer = select_steps(steps, {beta, 0.2F, 0.02F}).steps;
    EXPECT_TRUE(std::includes(more.begin(), more.end(), fewer.begin(), fewer.end()));
    more = fewer;
  }
  EXPECT_TRUE(more.empty());
}

std::string validation_message(const Config& config) {
  return refusal_of([&] { validate(config); });
}

TEST(ContrastConfig, DefaultsAreValid) { EXPECT_EQ(validation_message(Config{}), "accepted"); }

TEST(ContrastConfig, RefusesAlphaBelowTheFloor) {
  EXPECT_EQ(validation_message({0.4F, 0.02F, 0.02F}), "accepted");
  EXPECT_THAT(validation_message({0.4F, 0.01F, 0.02F}),
              ::testing::HasSubstr("is below contrast.plausibility_floor"));
}

}  // namespace
}  // namespace lightreasoner::contrast
