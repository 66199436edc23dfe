// SPDX-License-Identifier: Apache-2.0
#include "contrast/step_contrasts.hpp"

#include <gtest/gtest.h>
#include <stdexcept>

namespace lightreasoner::contrast {
namespace {

/// Steps whose every value is a formula of the step; step s has s % 3 floor entries.
StepContrasts some_steps(int num_steps) {
  StepContrasts steps;
  for (int s = 0; s < num_steps; ++s) {
    const auto value = static_cast<float>(s);
    steps.kl.push_back(value);
    steps.expert_entropy.push_back(value + 0.1F);
    steps.amateur_entropy.push_back(value + 0.2F);
    steps.expert_top_id.push_back(s + 10);
    steps.amateur_top_id.push_back(s + 20);
    steps.expert_top_probability.push_back(value + 0.3F);
    steps.amateur_top_probability.push_back(value + 0.4F);
    steps.expert_lost_mass.push_back(value + 0.5F);
    steps.amateur_lost_mass.push_back(value + 0.6F);
    for (int entry = 0; entry < s % 3; ++entry) {
      steps.floor_ids.push_back(100 * s + entry);
      steps.floor_expert_log_probability.push_back(-value);
      steps.floor_amateur_log_probability.push_back(-2 * value);
    }
    steps.floor_offsets.push_back(steps.floor_ids.size());
  }
  return steps;
}

void expect_equal(const StepContrasts& found, const StepContrasts& expected) {
  EXPECT_EQ(found.kl, expected.kl);
  EXPECT_EQ(found.expert_entropy, expected.expert_entropy);
  EXPECT_EQ(found.amateur_entropy, expected.amateur_entropy);
  EXPECT_EQ(found.expert_top_id, expected.expert_top_id);
  EXPECT_EQ(found.amateur_top_id, expected.amateur_top_id);
  EXPECT_EQ(found.expert_top_probability, expected.expert_top_probability);
  EXPECT_EQ(found.amateur_top_probability, expected.amateur_top_probability);
  EXPECT_EQ(found.expert_lost_mass, expected.expert_lost_mass);
  EXPECT_EQ(found.amateur_lost_mass, expected.amateur_lost_mass);
  EXPECT_EQ(found.floor_offsets, expected.floor_offsets);
  EXPECT_EQ(found.floor_ids, expected.floor_ids);
  EXPECT_EQ(found.floor_expert_log_probability, expected.floor_expert_log_probability);
  EXPECT_EQ(found.floor_amateur_log_probability, expected.floor_amateur_log_probability);
}

TEST(AppendSteps, PartsPutTogetherAreTheWhole) {
  const StepContrasts whole = some_steps(11);
  for (std::size_t cut = 0; cut <= 11; ++cut) {
    StepContrasts joined;
    append_steps(joined, whole, 0, cut);
    append_steps(joined, whole, cut, 11);
    expect_equal(joined, whole);
  }
}

TEST(AppendSteps, RefusesStepsThatAreNotThere) {
  StepContrasts target;
  EXPECT_THROW(append_steps(target, some_steps(3), 2, 4), std::logic_error);
  EXPECT_THROW(append_steps(target, some_steps(3), 2, 1), std::logic_error);
}

}  // namespace
}  // namespace lightreasoner::contrast
