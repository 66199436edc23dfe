// SPDX-License-Identifier: Apache-2.0
#include "evaluation/evaluate.hpp"

#include "device/determinism.hpp"
#include "evaluation/answer.hpp"
#include "model/build_decoder.hpp"
#include "model/generate.hpp"
#include "support/files.hpp"
#include "support/mpi_world.hpp"

#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::evaluation {
namespace {

using testing_support::world;

const std::filesystem::path demo = std::filesystem::path(LIGHTREASONER_SOURCE_DIR) / "config/demo";

/// The demo's expert on the first of its held-out problems.
class PredictTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { device::set_up_torch(1); }

  PredictTest() {
    prompt_.system = "Please reason step by step.";  // what the pair was trained with
    config_.problems_per_unit = 4;
    config_.max_new_tokens = 24;
    problems_.resize(22);
  }

  [[nodiscard]] std::vector<Prediction> predictions() const {
    return predict(world(), {decoder_, tokenizer_, prompt_}, problems_, config_);
  }

  /// Token ids of every problem by one plain loop over units.
  [[nodiscard]] std::vector<std::vector<std::int32_t>> expected_ids() const {
    std::vector<std::vector<std::int32_t>> ids;
    for (std::size_t first = 0; first < problems_.size(); first += config_.problems_per_unit) {
      std::vector<std::vector<std::int32_t>> prompts;
      for (std::size_t i = first; i < std::min(first + config_.problems_per_unit, problems_.size());
           ++i) {
        prompts.push_back(text::encode_prompt(tokenizer_, prompt_, problems_[i].question));
      }
      for (auto& continuation : model::generate_greedy(
               decoder_, prompts,
               {.max_new_tokens = config_.max_new_tokens, .stop_ids = decoder_.config.stop_ids})) {
        ids.push_back(std::move(continuation.ids));
      }
    }
    return ids;
  }

  model::Decoder decoder_ = model::load_decoder(demo / "expert");
  text::Tokenizer tokenizer_ =
      text::Tokenizer::parse(support::read_file(demo / "expert/tokenizer.json"), "tokenizer.json");
  text::PromptFormat prompt_;
  std::vector<problems::Problem> problems_ = problems::parse_problems(
      support::read_file(demo / "problems/test.jsonl"), problems::Config{}, true);
  Config config_;
};

TEST_F(PredictTest, EqualsAPlainLoopForAnyNumberOfRanks) {
  const auto all = predictions();
  if (!world().is_root()) {
    EXPECT_TRUE(all.empty());
    return;
  }
  const auto ids = expected_ids();
  ASSERT_EQ(all.size(), problems_.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].id, problems_[i].text_id);
    EXPECT_EQ(all[i].token_ids, ids[i]);
    EXPECT_EQ(all[i].text, tokenizer_.decode(ids[i], true));
    EXPECT_EQ(all[i].extracted, extract_answer(all[i].text));
    EXPECT_EQ(all[i].reference, extract_answer(problems_[i].answer));
    EXPECT_EQ(all[i].correct, all[i].extracted && same_answer(*all[i].extracted, all[i].reference));
  }
}

TEST_F(PredictTest, TakesTheReferenceItselfAsRightWhateverItSays) {
  const auto ids = expected_ids();
  for (std::size_t i = 0; i < problems_.size(); ++i) {
    problems_[i].answer = tokenizer_.decode(ids[i], true);
  }
  for (const Prediction& prediction : predictions()) {
    EXPECT_TRUE(prediction.correct) << prediction.text;
  }
}

TEST_F(PredictTest, FindsRightAndWrongAnswers) {
  const Score result = score(predictions());
  if (world().is_root()) {
    EXPECT_GT(result.correct, 0U);
    EXPECT_LT(result.correct, result.total);
  }
}

TEST_F(PredictTest, WorksWithFewerUnitsThanRanks) {
  problems_.resize(1);
  EXPECT_EQ(predictions().size(), world().is_root() ? 1U : 0U);
  problems_.clear();
  EXPECT_TRUE(predictions().empty());
}

TEST_F(PredictTest, CountsAProblemWithoutAnAnswerAsWrong) {
  config_.max_new_tokens = 1;
  const auto all = predictions();
  for (const Prediction& prediction : all) {
    EXPECT_EQ(prediction.token_ids.size(), 1U);
    EXPECT_FALSE(prediction.extracted.has_value()) << prediction.text;
    EXPECT_FALSE(prediction.correct);
  }
}

TEST_F(PredictTest, DoesNotAskWhatIsTooLongAndCountsItAsWrong) {
  problems_.resize(9);
  const auto expected = predictions();
  problems::Problem long_one = problems_[3];
  long_one.text_id = "long";
  for (int i = 0; i < 600; ++i) long_one.question += " apples";
  problems_[3] = long_one;
  problems_.push_back(long_one);  // whole units of such problems
  problems_.insert(problems_.end(), 6, long_one);
  const auto all = predictions();
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].too_long, i == 3 || i > 8) << i;
    if (all[i].too_long) {
      EXPECT_EQ(all[i].id, "long");
      EXPECT_FALSE(all[i].correct);
      EXPECT_TRUE(all[i].token_ids.empty());
      EXPECT_EQ(all[i].reference, expected[3].reference);
    } else {
      EXPECT_EQ(all[i].text, expected[i].text);
    }
  }
  const Score result = score(all);
  EXPECT_EQ(result.total, world().is_root() ? 16U : 0U);
  EXPECT_EQ(result.too_long, world().is_root() ? 8U : 0U);
}

/// Not agreed: a rank that fails ends the job (parallel::run_guarded) without waiting for others.
TEST_F(PredictTest, ThrowsAtOnceOnARankThatFails) {
  config_.problems_per_unit = 1;  // work for every rank
  decoder_.final_norm = at::ones({3});
  EXPECT_ANY_THROW((void)predictions());
}

TEST_F(PredictTest, TakesNoSizeOfZero) {
  config_.max_new_tokens = 0;
  EXPECT_THROW((void)predictions(), std::logic_error);
}

}  // namespace
}  // namespace lightreasoner::evaluation
