// SPDX-License-Identifier: Apache-2.0
#include "examples/example.hpp"

#include "examples/golden.hpp"
#include "support/files.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::examples {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::IsEmpty;

// | what          | tolerance            |
// |---------------|----------------------|
constexpr float weight_tolerance = 1e-6F;

/// The demo pair's tokenizer and a prompt of few words.
struct Rules {
  contrast::Config contrast = {};
  Method method = {};
  text::Tokenizer tokenizer = text::Tokenizer::parse(
      support::read_file(LIGHTREASONER_SOURCE_DIR "/tests/data/text/tokenizer.json"), "demo");
  text::PromptFormat prompt = {"S", "<", "|", ">"};

  [[nodiscard]] ExampleRules get() const { return {contrast, method, tokenizer, prompt}; }
};

/// One step with divergence `kl`, and two floor entries unless the step is peaked.
void add_step(records::RecordBatch& batch, std::int32_t token, float kl) {
  contrast::StepContrasts& steps = batch.steps.contrasts;
  batch.steps.token_ids.push_back(token);
  steps.kl.push_back(kl);
  steps.expert.entropy.push_back(0.7F);
  steps.amateur.entropy.push_back(0.7F);
  steps.expert.top_id.push_back(token);
  steps.amateur.top_id.push_back(token);
  steps.expert.top_probability.push_back(0.6F);
  steps.amateur.top_probability.push_back(0.3F);
  steps.expert.lost_mass.push_back(0.0F);
  steps.amateur.lost_mass.push_back(0.0F);
  steps.floor.ids.insert(steps.floor.ids.end(), {token, token + 1});
  steps.floor.expert_log_probability.insert(steps.floor.expert_log_probability.end(),
                                            {std::log(0.6F), std::log(0.4F)});
  steps.floor.amateur_log_probability.insert(steps.floor.amateur_log_probability.end(),
                                             {std::log(0.3F), std::log(0.6F)});
  steps.floor.offsets.push_back(steps.floor.ids.size());
}

void add_problem(records::RecordBatch& batch, const std::vector<std::int32_t>& prompt,
                 const std::vector<float>& divergences) {
  batch.problems.ids.push_back(batch.problems.ids.size());
  batch.problems.questions.push_back("How many?");
  batch.prompts.token_ids.insert(batch.prompts.token_ids.end(), prompt.begin(), prompt.end());
  batch.prompts.offsets.push_back(batch.prompts.token_ids.size());
  for (const float kl : divergences) {
    add_step(batch, static_cast<std::int32_t>(100 + batch.steps.token_ids.size()), kl);
  }
  batch.steps.offsets.push_back(batch.steps.token_ids.size());
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
  append_examples(set, four_problems(), Rules().get());
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
  append_examples(set, four_problems(), Rules().get());
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
  append_examples(set, four_problems(), Rules().get());
  append_examples(set, four_problems(), Rules().get());
  ASSERT_EQ(set.size(), 6U);
  EXPECT_EQ(set.examples[3].trajectory, 2U);
  EXPECT_EQ(set.trajectories[2], set.trajectories[0]);
  EXPECT_THAT(set.label_offsets, ElementsAre(0, 2, 4, 6, 8, 10, 12));
}

TEST(Examples, AreNoneWhenNoStepDiverges) {
  ExampleSet set;
  contrast::Config config;
  config.kl_beta = 10.0F;
  append_examples(set, four_problems(), Rules{.contrast = config}.get());
  EXPECT_EQ(set.size(), 0U);
  EXPECT_THAT(set.trajectories, IsEmpty());
}

TEST(Examples, OfTextAreTokenisedAgain) {
  Rules rules;
  rules.method.prefix = "text";
  ExampleSet set;
  append_examples(set, four_problems(), rules.get());
  ASSERT_EQ(set.trajectories.size(), 3U);  // each example has its own
  const std::string prompt = "<S|How many?>";
  EXPECT_EQ(set.trajectories[0], rules.tokenizer.encode(prompt));
  const std::vector<std::int32_t> generated{102, 103};
  EXPECT_EQ(set.trajectories[1],
            rules.tokenizer.encode(prompt + rules.tokenizer.decode(generated, false)));
  EXPECT_EQ(set.examples[1].prefix_length, set.trajectories[1].size());
  EXPECT_EQ(set.examples[2].trajectory, 2U);
}

TEST(Examples, AreCutToTheirFirstTokens) {
  Rules rules;
  rules.method.max_prefix_tokens = 3;
  ExampleSet set;
  append_examples(set, four_problems(), rules.get());
  EXPECT_EQ(set.examples[0].prefix_length, 2U);
  EXPECT_EQ(set.examples[1].prefix_length, 3U);
  EXPECT_EQ(set.examples[2].prefix_length, 3U);
}

TEST(Examples, LeaveOutFirstStepsAndAddedTokensWhereAsked) {
  Rules rules;
  rules.contrast.skip_first_step = true;
  ExampleSet set;
  append_examples(set, four_problems(), rules.get());
  EXPECT_THAT(set.label_ids, ElementsAre(104, 105, 106, 107));
  rules.method.label_vocabulary = "tokenizer";
  records::RecordBatch batch = four_problems();
  batch.steps.contrasts.floor.ids[9] =
      485;  // of the first label's step, not of the tokenizer's own
  ExampleSet narrower;
  append_examples(narrower, batch, rules.get());
  EXPECT_THAT(narrower.label_ids, ElementsAre(104, 106, 107));
  EXPECT_THAT(narrower.label_offsets, ElementsAre(0, 1, 3));
  EXPECT_THAT(narrower.label_weights[0], FloatNear(0.75F, weight_tolerance));  // not renormalised
}

}  // namespace
}  // namespace lightreasoner::examples
