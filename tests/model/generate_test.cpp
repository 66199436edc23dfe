// SPDX-License-Identifier: Apache-2.0
#include "model/generate.hpp"

#include "model/golden.hpp"
#include "model/score.hpp"
#include "support/errors.hpp"
#include "support/refusal.hpp"

#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::model {
namespace {

using testing::Golden;
using testing_support::refusal_of;

constexpr std::int64_t num_tokens = 40;

class GenerateTest : public ::testing::TestWithParam<std::string> {
 protected:
  const Decoder decoder_ = load_decoder(testing::model_folder(GetParam()));
  const std::vector<Golden> goldens_ = testing::read_goldens(GetParam());
  const std::vector<std::vector<std::int32_t>> prompts_ = testing::prompts_of(goldens_);

  /// Equal until a choice was too close to call.
  void expect_parity(std::size_t row, const std::vector<std::int32_t>& ids) const {
    const std::size_t n = goldens_[row].num_comparable();
    EXPECT_GE(n, std::size_t{num_tokens} / 2) << "golden " << row << " compares too little";
    ASSERT_GE(ids.size(), n);
    EXPECT_TRUE(std::equal(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(n),
                           goldens_[row].greedy.begin()))
        << "prompt " << row;
  }
};

TEST_P(GenerateTest, TokensEqualTransformersInABatch) {
  const auto all = generate_greedy(decoder_, prompts_, {.max_new_tokens = num_tokens});
  for (std::size_t row = 0; row < prompts_.size(); ++row) {
    expect_parity(row, all[row].ids);
    EXPECT_FALSE(all[row].stopped);
  }
}

TEST_P(GenerateTest, TokensEqualTransformersAlone) {
  for (std::size_t row = 0; row < prompts_.size(); ++row) {
    const auto alone = generate_greedy(decoder_, std::span(prompts_).subspan(row, 1),
                                       {.max_new_tokens = num_tokens});
    expect_parity(row, alone[0].ids);
  }
}

/// All tokens of a decoding in chunks of the given size, and what each chunk promises.
std::vector<Continuation> decode_in_chunks(const Decoder& decoder,
                                           std::span<const std::vector<std::int32_t>> prompts,
                                           const GreedyOptions& options, std::int64_t steps) {
  std::vector<Continuation> result(prompts.size());
  GreedyDecoding decoding(decoder, prompts, options);
  std::int64_t first_step = 0;
  while (!decoding.done()) {
    const DecodedChunk chunk = decoding.advance(steps);
    EXPECT_EQ(chunk.first_step, first_step);
    EXPECT_LE(chunk.tokens.size(1), steps);
    first_step += chunk.tokens.size(1);
    for (std::size_t i = 0; i < chunk.rows.size(); ++i) {
      const auto row = static_cast<std::size_t>(chunk.rows[i]);
      EXPECT_FALSE(result[row].stopped) << "a row that ended came back";
      const auto ids = testing::to_ids(
          chunk.tokens[static_cast<std::int64_t>(i)].narrow(0, 0, chunk.num_steps[i]));
      result[row].ids.insert(result[row].ids.end(), ids.begin(), ids.end());
      result[row].stopped = std::find(options.stop_ids.begin(), options.stop_ids.end(),
                                      ids.back()) != options.stop_ids.end();
    }
  }
  return result;
}

TEST_P(GenerateTest, ChunksOfAnySizeGiveTheSameTokens) {
  // Stop tokens that several continuations meet, each at another step.
  const GreedyOptions options{.max_new_tokens = num_tokens,
                              .stop_ids = {goldens_[0].greedy[5], goldens_[7].greedy[19]}};
  const auto expected = decode_in_chunks(decoder_, prompts_, options, num_tokens);
  EXPECT_TRUE(expected[0].stopped);
  EXPECT_LE(expected[0].ids.size(), 6U);
  for (const std::int64_t steps : {1, 3, 16}) {
    const auto ours = decode_in_chunks(decoder_, prompts_, options, steps);
    for (std::size_t row = 0; row < prompts_.size(); ++row) {
      const std::size_t n = std::min(goldens_[row].num_comparable(), expected[row].ids.size());
      EXPECT_EQ(
          std::vector(ours[row].ids.begin(), ours[row].ids.begin() + std::ptrdiff_t(n)),
          std::vector(expected[row].ids.begin(), expected[row].ids.begin() + std::ptrdiff_t(n)))
          << "prompt " << row << ", chunks of " << steps;
    }
  }
}

TEST_P(GenerateTest, StopsWithTheStopTokenInPlace) {
  const std::int32_t stop = goldens_[2].greedy[3];
  const auto first = std::find(goldens_[2].greedy.begin(), goldens_[2].greedy.end(), stop);
  const auto expected = std::vector<std::int32_t>(goldens_[2].greedy.begin(), first + 1);
  const auto ours = generate_greedy(decoder_, std::span(prompts_).subspan(2, 1),
                                    {.max_new_tokens = num_tokens, .stop_ids = {stop}});
  EXPECT_EQ(ours[0].ids, expected);
  EXPECT_TRUE(ours[0].stopped);
}

TEST_P(GenerateTest, KeptAndScoredLogitsEqualOneFullPass) {
  const at::NoGradGuard no_gradients;
  const GreedyOptions options{.max_new_tokens = 20,
                              .stop_ids = {goldens_[0].greedy[5], goldens_[7].greedy[9]},
                              .keep_logits = true};
  GreedyDecoding decoding(decoder_, prompts_, options);
  ChunkScoring scoring(decoder_, prompts_);
  std::vector<std::vector<std::int32_t>> read = prompts_;
  while (!decoding.done()) {
    const DecodedChunk chunk = decoding.advance(7);
    const at::Tensor scored = scoring.score(chunk);
    ASSERT_EQ(scored.sizes(), chunk.logits.sizes());
    for (std::size_t i = 0; i < chunk.rows.size(); ++i) {
      const auto place = static_cast<std::int64_t>(i);
      const std::int64_t steps = chunk.num_steps[i];
      auto& sequence = read[static_cast<std::size_t>(chunk.rows[i])];
      const auto begin = std::ssize(sequence) - 1;
      const auto ids = testing::to_ids(chunk.tokens[place].narrow(0, 0, steps));
      sequence.insert(sequence.end(), ids.begin(), ids.end());
      const at::Tensor whole =
          logits(decoder_, hidden_states(decoder_, testing::single_batch(sequence), nullptr))[0]
              .narrow(0, begin, steps);
      EXPECT_LE(testing::gap(chunk.logits[place].narrow(0, 0, steps), whole),
                testing::logit_rounding);
      EXPECT_LE(testing::gap(scored[place].narrow(0, 0, steps), whole), testing::logit_rounding);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, GenerateTest, ::testing::ValuesIn(testing_support::model_names()),
                         [](const auto& model) { return model.param; });

TEST(GreedyDecoding, TiesGoToTheLowestId) {
  Decoder decoder = load_decoder(testing::model_folder("tied"));
  // Equal head rows give equal logits: the best ones are ids 40 and 41, 7 and 90, or all.
  for (const auto& [low, high] : {std::pair{40, 41}, std::pair{7, 90}}) {
    decoder.head = decoder.embedding.clone();
    const at::Tensor best = at::full_like(decoder.head[0], 3.0);
    decoder.head[low] = best;
    decoder.head[high] = best;
    decoder.head[3] = -best;
    decoder.head[4] = -best;
    const auto ids = generate_greedy(decoder, std::vector<std::vector<std::int32_t>>{{1, 2}},
                                     {.max_new_tokens = 8})[0]
                         .ids;
    for (const std::int32_t id : ids) {
      EXPECT_NE(id, high);
      EXPECT_NE(id, 4);
    }
  }
  decoder.head = at::zeros_like(decoder.embedding);
  const auto ids = generate_greedy(decoder, std::vector<std::vector<std::int32_t>>(40, {1, 2}),
                                   {.max_new_tokens = 2});
  for (const auto& row : ids) {
    EXPECT_THAT(row.ids, ::testing::ElementsAre(0, 0));
  }
}

TEST(GreedyDecoding, RefusesMoreTokensThanPositions) {
  const Decoder decoder = load_decoder(testing::model_folder("tied"));
  const std::vector<std::vector<std::int32_t>> prompts{{1, 2}, std::vector<std::int32_t>(100, 5)};
  EXPECT_THAT(
      refusal_of([&] { const GreedyDecoding decoding(decoder, prompts, {.max_new_tokens = 29}); }),
      ::testing::AllOf(::testing::HasSubstr("prompt 1 of the batch has 100 tokens"),
                       ::testing::HasSubstr("max_new_tokens = 29"),
                       ::testing::HasSubstr("128 positions")));
  const GreedyDecoding fits(decoder, prompts, {.max_new_tokens = 28});
  EXPECT_FALSE(fits.done());
}

TEST(GreedyDecoding, RefusesAnEmptyPrompt) {
  const Decoder decoder = load_decoder(testing::model_folder("tied"));
  const std::vector<std::vector<std::int32_t>> prompts{{1}, {}};
  EXPECT_THROW(GreedyDecoding(decoder, prompts, {}), support::UserError);
}

TEST(GreedyDecoding, NoPromptsAreDoneAtOnce) {
  const Decoder decoder = load_decoder(testing::model_folder("tied"));
  EXPECT_TRUE(generate_greedy(decoder, {}, {}).empty());
}

}  // namespace
}  // namespace lightreasoner::model
