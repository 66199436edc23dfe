// SPDX-License-Identifier: Apache-2.0
#include "contrast/step_contrasts.hpp"

#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lightreasoner::contrast {
namespace {

/// Steps whose every value is a formula of the step; step s has s % 3 floor entries.
StepContrasts some_steps(int num_steps) {
  StepContrasts steps;
  for (int s = 0; s < num_steps; ++s) {
    const auto value = static_cast<float>(s);
    steps.kl.push_back(value);
    steps.expert.entropy.push_back(value + 0.1F);
    steps.amateur.entropy.push_back(value + 0.2F);
    steps.expert.top_id.push_back(s + 10);
    steps.amateur.top_id.push_back(s + 20);
    steps.expert.top_probability.push_back(value + 0.3F);
    steps.amateur.top_probability.push_back(value + 0.4F);
    steps.expert.lost_mass.push_back(value + 0.5F);
    steps.amateur.lost_mass.push_back(value + 0.6F);
    for (int entry = 0; entry < s % 3; ++entry) {
      steps.floor.ids.push_back(100 * s + entry);
      steps.floor.expert_log_probability.push_back(-value);
      steps.floor.amateur_log_probability.push_back(-2 * value);
    }
    steps.floor.offsets.push_back(steps.floor.ids.size());
  }
  return steps;
}

void expect_equal(const StepContrasts& found, const StepContrasts& expected) {
  EXPECT_EQ(found.kl, expected.kl);
  EXPECT_EQ(found.expert.entropy, expected.expert.entropy);
  EXPECT_EQ(found.amateur.entropy, expected.amateur.entropy);
  EXPECT_EQ(found.expert.top_id, expected.expert.top_id);
  EXPECT_EQ(found.amateur.top_id, expected.amateur.top_id);
  EXPECT_EQ(found.expert.top_probability, expected.expert.top_probability);
  EXPECT_EQ(found.amateur.top_probability, expected.amateur.top_probability);
  EXPECT_EQ(found.expert.lost_mass, expected.expert.lost_mass);
  EXPECT_EQ(found.amateur.lost_mass, expected.amateur.lost_mass);
  EXPECT_EQ(found.floor.offsets, expected.floor.offsets);
  EXPECT_EQ(found.floor.ids, expected.floor.ids);
  EXPECT_EQ(found.floor.expert_log_probability, expected.floor.expert_log_probability);
  EXPECT_EQ(found.floor.amateur_log_probability, expected.floor.amateur_log_probability);
}

/// The list names every member, each once, in the order of records.
TEST(StepColumns, NameTheMemberTheyLead) {
  StepContrasts steps;
  std::vector<std::pair<std::string, const void*>> listed;
  const auto note = [&](const auto& column) {
    listed.emplace_back(column.path, &column.member(steps));
  };
  for_each_column(statistic_columns, note);
  for_each_column(floor_columns, note);
  const std::vector<std::pair<std::string, const void*>> expected{
      {"/steps/kl", &steps.kl},
      {"/steps/expert_entropy", &steps.expert.entropy},
      {"/steps/amateur_entropy", &steps.amateur.entropy},
      {"/steps/expert_top_id", &steps.expert.top_id},
      {"/steps/amateur_top_id", &steps.amateur.top_id},
      {"/steps/expert_top_probability", &steps.expert.top_probability},
      {"/steps/amateur_top_probability", &steps.amateur.top_probability},
      {"/steps/expert_lost_mass", &steps.expert.lost_mass},
      {"/steps/amateur_lost_mass", &steps.amateur.lost_mass},
      {"/steps/floor_offsets", &steps.floor.offsets},
      {"/floor/token_id", &steps.floor.ids},
      {"/floor/expert_log_probability", &steps.floor.expert_log_probability},
      {"/floor/amateur_log_probability", &steps.floor.amateur_log_probability}};
  EXPECT_EQ(listed, expected);
}

TEST(AppendStep, PutsEachValueIntoItsColumn) {
  StepContrasts steps;
  append_step(steps,
              {.kl = 1,
               .expert = {.entropy = 2, .top_id = 3, .top_probability = 4, .lost_mass = 5},
               .amateur = {.entropy = 6, .top_id = 7, .top_probability = 8, .lost_mass = 9}});
  EXPECT_EQ(steps.kl, std::vector{1.0F});
  EXPECT_EQ(steps.expert.entropy, std::vector{2.0F});
  EXPECT_EQ(steps.expert.top_id, std::vector{3});
  EXPECT_EQ(steps.expert.top_probability, std::vector{4.0F});
  EXPECT_EQ(steps.expert.lost_mass, std::vector{5.0F});
  EXPECT_EQ(steps.amateur.entropy, std::vector{6.0F});
  EXPECT_EQ(steps.amateur.top_id, std::vector{7});
  EXPECT_EQ(steps.amateur.top_probability, std::vector{8.0F});
  EXPECT_EQ(steps.amateur.lost_mass, std::vector{9.0F});
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
