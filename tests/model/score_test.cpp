// SPDX-License-Identifier: Apache-2.0
#include "model/score.hpp"

#include "model/golden.hpp"
#include "support/errors.hpp"

#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::model {
namespace {

using Rows = std::vector<std::vector<std::int32_t>>;

Decoder tied() { return load_decoder(testing::model_folder("tied")); }

/// Logits after the last token of one row, alone.
at::Tensor alone(const Decoder& decoder, const std::vector<std::int32_t>& row) {
  const at::NoGradGuard no_gradients;
  return logits(decoder, hidden_states(decoder, testing::single_batch(row), nullptr))[0][-1];
}

TEST(ChunkScoring, ReadsWhatStandsForAnIdOfTheOtherModel) {
  const Decoder decoder = tied();
  const Rows prompts{{1, 2, 3}, {4, 5, 6, 7, 8}};
  // 20 is spelled with three ids here, 30 has another id.
  ChunkScoring scoring(decoder, prompts, {.translations = {{20, {21, 22, 23}}, {30, {31}}}});
  DecodedChunk chunk{
      .first_step = 0, .rows = {0, 1}, .num_steps = {3, 3}, .tokens = {}, .logits = {}};
  chunk.tokens = at::tensor({20, 9, 30, 10, 30, 20}, at::kLong).view({2, 3});
  const at::Tensor first = scoring.score(chunk);
  chunk.first_step = 3;
  chunk.rows = {1};
  chunk.num_steps = {2};
  chunk.tokens = at::tensor({11, 12}, at::kLong).view({1, 2});
  const at::Tensor second = scoring.score(chunk);
  const Rows read_before{{1, 2, 3},
                         {1, 2, 3, 21, 22, 23},
                         {1, 2, 3, 21, 22, 23, 9},
                         {4, 5, 6, 7, 8},
                         {4, 5, 6, 7, 8, 10},
                         {4, 5, 6, 7, 8, 10, 31},
                         {4, 5, 6, 7, 8, 10, 31, 21, 22, 23},
                         {4, 5, 6, 7, 8, 10, 31, 21, 22, 23, 11}};
  for (std::size_t i = 0; i < read_before.size(); ++i) {
    const at::Tensor found =
        i < 6 ? first.flatten(0, 1)[static_cast<std::int64_t>(i)] : second[0][std::int64_t(i) - 6];
    EXPECT_LE(testing::gap(found, alone(decoder, read_before[i])), testing::logit_rounding)
        << "step " << i;
  }
}

TEST(LastLogits, AreThoseOfEachRowAlone) {
  const Decoder decoder = tied();
  const Rows rows{{1, 2, 3}, {9}, {4, 5, 6, 7, 8}};
  const at::Tensor found = last_logits(decoder, rows, std::nullopt);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_LE(testing::gap(found[static_cast<std::int64_t>(i)], alone(decoder, rows[i])),
              testing::logit_rounding);
  }
}

TEST(LastLogits, HideATokenThatStillCountsAsAPosition) {
  const at::NoGradGuard no_gradients;
  const Decoder decoder = tied();
  const std::vector<std::int32_t> row{1, 50, 3, 4};
  TokenBatch batch = testing::single_batch(row);
  batch.is_token[0][1] = false;
  const at::Tensor expected = logits(decoder, hidden_states(decoder, batch, nullptr))[0][-1];
  EXPECT_LE(testing::gap(last_logits(decoder, Rows{row}, 50)[0], expected),
            testing::logit_rounding);
  EXPECT_GT(testing::gap(last_logits(decoder, Rows{row}, std::nullopt)[0], expected), 1e-3);
}

/// Greedy decoding with a repetition penalty by plain loops.
std::vector<std::int32_t> penalised_greedy(const Decoder& decoder, std::vector<std::int32_t> row,
                                           double penalty, int steps) {
  const std::size_t prompt = row.size();
  for (int step = 0; step < steps; ++step) {
    const at::Tensor raw = alone(decoder, row).contiguous();
    std::vector<double> scores(raw.const_data_ptr<float>(),
                               raw.const_data_ptr<float>() + raw.numel());
    std::vector<bool> seen(scores.size(), false);
    for (const std::int32_t id : row) {
      double& score = scores[static_cast<std::size_t>(id)];
      if (!seen[static_cast<std::size_t>(id)]) {
        score = score < 0 ? score * penalty : score / penalty;
      }
      seen[static_cast<std::size_t>(id)] = true;
    }
    row.push_back(
        static_cast<std::int32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin()));
  }
  return {row.begin() + static_cast<std::ptrdiff_t>(prompt), row.end()};
}

TEST(RepetitionPenalty, WeakensWhatARowHasSaid) {
  const Decoder decoder = tied();
  const Rows prompts{{1, 2, 3, 4}, {7, 7}, {90, 12, 4}};
  const auto found =
      generate_greedy(decoder, prompts, {.max_new_tokens = 20, .repetition_penalty = 1.3});
  const auto without = generate_greedy(decoder, prompts, {.max_new_tokens = 20});
  for (std::size_t row = 0; row < prompts.size(); ++row) {
    EXPECT_EQ(found[row].ids, penalised_greedy(decoder, prompts[row], 1.3, 20));
  }
  EXPECT_NE(found[0].ids, without[0].ids);
}

}  // namespace
}  // namespace lightreasoner::model
