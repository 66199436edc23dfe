// SPDX-License-Identifier: Apache-2.0
#include "finetune/example.hpp"

#include "finetune/golden.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>

namespace lightreasoner::finetune {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::IsEmpty;

// | what          | tolerance            |
// |---------------|----------------------|
constexpr float weight_tolerance = 1e-6F;

/// One step with divergence `kl`, and two floor entries unless the step is peaked.
void add_step(records::RecordBatch& batch, std::int32_t token, float kl) {
  contrast::StepContrasts& steps = batch.contrasts;
  batch.token_ids.push_back(token);
  steps.kl.push_back(kl);
  steps.expert_entropy.push_back(0.7F);
  steps.amateur_entropy.push_back(0.7F);
  steps.expert_top_id.push_back(token);
  steps.amateur_top_id.push_back(token);
  steps.expert_top_probability.push_back(0.6F);
  steps.amateur_top_probability.push_back(0.3F);
  steps.floor_ids.insert(steps.floor_ids.end(), {token, token + 1});
  steps.floor_expert_log_probability.insert(steps.floor_expert_log_probability.end(),
                                            {std::log(0.6F), std::log(0.4F)});
  steps.floor_amateur_log_probability.insert(steps.floor_amateur_log_probability.end(),
                                             {std::log(0.3F), std::log(0.6F)});
  steps.floor_offsets.push_back(steps.floor_ids.size());
}

void add_problem(records::RecordBatch& batch, const std::vector<std::int32_t>& prompt,
                 const std::vector<float>& divergences) {
  batch.problem_ids.push_back(batch.problem_ids.size());
  batch.prompt_ids.insert(batch.prompt_ids.end(), prompt.begin(), prompt.end());
  batch.prompt_offsets.push_back(batch.prompt_ids.size());
  for (const float kl : divergences) {
    add_step(batch, static_cast<std::int32_t>(100 + batch.token_ids.size()), kl);
  }
  batch.step_offsets.push_back(batch.token_ids.size());
}

records::RecordBatch four_problems() {
  records::RecordBatch batch;
  add_problem(batch, {1, 2, 3}, {0.1F, 0.2F});      // none selected
  add_problem(batch, {4, 5}, {0.5F, 0.1F, 0.6F});   // steps 0 and 2
  add_problem(batch, {6}, {});                      // no step at all
  add_problem(batch, {7, 8, 9, 10}, {0.0F, 0.4F});  // step 1: divergence equal to kl_beta
  return batch;
}

TEST(Examples, ArePrefixesOfSelectedSteps) {
  ExampleSet set;
  append_examples(set, four_problems(), {});
  ASSERT_EQ(set.size(), 3U);
  EXPECT_THAT(set.trajectories,
              ElementsAre(ElementsAre(4, 5, 102, 103, 104), ElementsAre(7, 8, 9, 10, 105, 106)));
  EXPECT_EQ(set.examples[0].trajectory, 0U);
  EXPECT_EQ(set.examples[0].prefix_length, 2U);  // the prompt alone: step 0 has no token before it
  EXPECT_EQ(set.examples[1].trajectory, 0U);
  EXPECT_EQ(set.examples[1].prefix_length, 4U);
  EXPECT_EQ(set.examples[2].trajectory, 1U);
  EXPECT_EQ(set.examples[2].prefix_length, 5U);
}

TEST(Examples, CarrySoftLabels) {
  ExampleSet set;
  append_examples(set, four_problems(), {});
  EXPECT_THAT(set.label_offsets, ElementsAre(0, 2, 4, 6));
  EXPECT_THAT(set.label_ids, ElementsAre(102, 103, 104, 105, 106, 107));
  // w = softmax over {2, 2/3} ratios expert : amateur
  for (std::size_t label = 0; label < 3; ++label) {
    EXPECT_THAT(set.label_weights[2 * label], FloatNear(0.75F, weight_tolerance));
    EXPECT_THAT(set.label_weights[2 * label + 1], FloatNear(0.25F, weight_tolerance));
  }
}

TEST(Examples, OfFurtherBatchesFollow) {
  ExampleSet set;
  append_examples(set, four_problems(), {});
  append_examples(set, four_problems(), {});
  ASSERT_EQ(set.size(), 6U);
  EXPECT_EQ(set.examples[3].trajectory, 2U);
  EXPECT_EQ(set.trajectories[2], set.trajectories[0]);
  EXPECT_THAT(set.label_offsets, ElementsAre(0, 2, 4, 6, 8, 10, 12));
}

TEST(Examples, AreNoneWhenNoStepDiverges) {
  ExampleSet set;
  contrast::Config config;
  config.kl_beta = 10.0F;
  append_examples(set, four_problems(), config);
  EXPECT_EQ(set.size(), 0U);
  EXPECT_THAT(set.trajectories, IsEmpty());
}

TEST(SampleOrder, IsTheOneMadeInPython) {
  const nlohmann::json expected = read_expected();
  SampleOrder order(expected.at("examples").size(), expected.at("seed"));
  const auto positions = expected.at("order").get<std::vector<std::uint64_t>>();
  for (std::size_t position = 0; position < positions.size(); ++position) {
    ASSERT_EQ(order.at(position), positions[position]) << "position " << position;
  }
}

TEST(SampleOrder, DoesNotDependOnWhatWasAskedBefore) {
  SampleOrder forward(10, 5);
  std::vector<std::uint64_t> expected;
  for (std::uint64_t position = 0; position < 50; ++position) {
    expected.push_back(forward.at(position));
  }
  SampleOrder backward(10, 5);
  for (std::uint64_t position = 50; position-- > 0;) {
    EXPECT_EQ(backward.at(position), expected[position]);
  }
}

TEST(SampleOrder, VisitsEachExampleOnceAnEpoch) {
  for (const std::uint64_t size : {1U, 2U, 17U}) {
    SampleOrder order(size, 1);
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
      std::vector<int> visits(size, 0);
      for (std::uint64_t i = 0; i < size; ++i) {
        ++visits[order.at(epoch * size + i)];
      }
      EXPECT_THAT(visits, ::testing::Each(1));
    }
  }
}

TEST(SampleOrder, DiffersBySeedAndEpoch) {
  const auto take = [](std::uint64_t seed, std::uint64_t epoch) {
    SampleOrder order(100, seed);
    std::vector<std::uint64_t> taken;
    for (std::uint64_t i = 0; i < 100; ++i) {
      taken.push_back(order.at(epoch * 100 + i));
    }
    return taken;
  };
  EXPECT_NE(take(1, 0), take(2, 0));
  EXPECT_NE(take(1, 0), take(std::uint64_t{1} << 32 | 1, 0));
  EXPECT_NE(take(1, 0), take(1, 1));
}

}  // namespace
}  // namespace lightreasoner::finetune
