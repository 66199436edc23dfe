// SPDX-License-Identifier: Apache-2.0
#include "examples/example.hpp"

#include "examples/some_records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::examples {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using testing::four_problems;
using ::testing::IsEmpty;
using testing::Rules;

// | what          | tolerance            |
// |---------------|----------------------|
constexpr float weight_tolerance = 1e-6F;

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
  rules.method.prefix = text::PrefixForm::text;
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
  rules.method.label_vocabulary = LabelVocabulary::tokenizer;
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
