// SPDX-License-Identifier: Apache-2.0
#include "model/decoder.hpp"

#include "model/golden.hpp"
#include "model/plain_decoder.hpp"

#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <gtest/gtest.h>

namespace lightreasoner::model {
namespace {

using testing::Golden;
using testing::Padding;

// Steps of 2^-8 of the largest logit; where this was made it is 0 for rows alone, and the two kinds
// of attention that transformers has are 5.8 apart.
constexpr double bfloat16_steps = 6;

class DecoderTest : public ::testing::TestWithParam<std::string> {
 protected:
  const Decoder decoder_ = load_decoder(testing::model_folder(GetParam()));
  const std::vector<Golden> goldens_ = testing::read_goldens(GetParam());

  [[nodiscard]] at::Tensor logits_of(const TokenBatch& batch, KvCache* cache = nullptr) const {
    const at::NoGradGuard no_gradients;
    return logits(decoder_, hidden_states(decoder_, batch, cache));
  }
};

TEST_P(DecoderTest, LogitsEqualTransformers) {
  for (const Golden& golden : goldens_) {
    const at::Tensor ours = logits_of(testing::single_batch(golden.prompt))[0];
    EXPECT_LE(testing::gap(ours, golden.logits), testing::logit_rounding);
  }
}

TEST_P(DecoderTest, PaddingOnEitherSideChangesNothing) {
  const auto prompts = testing::prompts_of(goldens_);
  for (const Padding side : {Padding::left, Padding::right}) {
    const at::Tensor all = logits_of(testing::padded_batch(prompts, side));
    EXPECT_TRUE(all.isfinite().all().item<bool>()) << "padding columns must stay finite";
    for (std::size_t row = 0; row < prompts.size(); ++row) {
      const auto length = static_cast<std::int64_t>(prompts[row].size());
      const std::int64_t begin = side == Padding::left ? all.size(1) - length : 0;
      const at::Tensor ours = all[static_cast<std::int64_t>(row)].narrow(0, begin, length);
      EXPECT_LE(testing::gap(ours, goldens_[row].logits), testing::logit_rounding);
    }
  }
}

TEST_P(DecoderTest, CachedColumnsGiveTheLogitsOfOnePass) {
  // Long enough for the cache to grow while it holds columns.
  std::vector<std::int32_t> text = goldens_[0].greedy;
  text.insert(text.end(), goldens_[1].greedy.begin(), goldens_[1].greedy.end());
  text.insert(text.end(), goldens_[2].greedy.begin(), goldens_[2].greedy.end());
  const auto batch =
      testing::padded_batch({text, {text.begin() + 7, text.end()}}, testing::Padding::left);
  const at::Tensor whole = logits_of(batch);
  KvCache cache;
  std::vector<at::Tensor> parts;
  std::int64_t begin = 0;
  for (const std::int64_t columns : {50, 1, 1, 20, 48}) {
    parts.push_back(
        logits_of({batch.ids.narrow(1, begin, columns), batch.positions.narrow(1, begin, columns),
                   batch.is_token.narrow(1, 0, begin + columns)},
                  &cache));
    begin += columns;
    EXPECT_EQ(cache.length, begin);
  }
  ASSERT_EQ(begin, whole.size(1));
  const at::Tensor is_token = batch.is_token.unsqueeze(2);
  EXPECT_LE(testing::gap(at::cat(parts, 1) * is_token, whole * is_token), testing::logit_rounding);
}

TEST_P(DecoderTest, CacheKeepsChosenRows) {
  const auto batch = testing::padded_batch(testing::prompts_of(goldens_), Padding::left);
  const std::int64_t last = batch.ids.size(1) - 1;
  const at::Tensor whole = logits_of(batch).select(1, last);
  KvCache cache;
  (void)logits_of({batch.ids.narrow(1, 0, last), batch.positions.narrow(1, 0, last),
                   batch.is_token.narrow(1, 0, last)},
                  &cache);
  const std::vector<std::int64_t> kept_rows{6, 1, 3};
  const at::Tensor rows = at::tensor(kept_rows, at::kLong);
  cache.keep_rows(kept_rows);
  const at::Tensor kept = logits_of({batch.ids.index_select(0, rows).narrow(1, last, 1),
                                     batch.positions.index_select(0, rows).narrow(1, last, 1),
                                     batch.is_token.index_select(0, rows)},
                                    &cache);
  EXPECT_LE(testing::gap(kept.select(1, 0), whole.index_select(0, rows)), testing::logit_rounding);
}

TEST_P(DecoderTest, GradientReachesAnAddend) {
  Decoder decoder = decoder_;
  const std::int64_t width = decoder.config.shape.hidden_size;
  const std::int64_t out = decoder.layers[0].attention.q_proj.weight.size(0);
  const at::Tensor delta = at::zeros({out, width}).requires_grad_(true);
  decoder.layers[0].attention.q_proj.addend = [delta](const at::Tensor& x) {
    return at::linear(x, delta);
  };
  const auto batch = testing::single_batch(goldens_[2].prompt);
  const auto objective = [&] { return hidden_states(decoder, batch, nullptr).square().sum(); };
  objective().backward();
  ASSERT_TRUE(delta.grad().defined());

  // A central difference along the gradient's own direction; fp32 leaves three digits.
  const at::NoGradGuard no_gradients;
  const auto norm = delta.grad().norm().item<double>();
  ASSERT_GT(norm, 0.0);
  const at::Tensor direction = delta.grad() / norm;
  constexpr double step = 3e-3;
  delta.add_(direction, step);
  const auto above = objective().item<double>();
  delta.sub_(direction, 2 * step);
  const auto below = objective().item<double>();
  EXPECT_NEAR((above - below) / (2 * step) / norm, 1.0, 1e-2);
}

TEST_P(DecoderTest, LogitsEqualPlainLoopsInDouble) {
  const Golden& golden = goldens_[3];
  const at::Tensor ours = logits_of(testing::single_batch(golden.prompt))[0];
  EXPECT_LE(testing::gap(ours, testing::PlainDecoder(decoder_).logits_of(golden.prompt)),
            testing::logit_rounding);
}

INSTANTIATE_TEST_SUITE_P(Models, DecoderTest, ::testing::ValuesIn(testing_support::model_names()),
                         [](const auto& model) { return model.param; });

class Bfloat16Test : public ::testing::Test {
 protected:
  static at::Tensor logits_of(const Decoder& decoder, const TokenBatch& batch) {
    const at::NoGradGuard no_gradients;
    return logits(decoder, hidden_states(decoder, batch, nullptr));
  }

  const std::filesystem::path folder_ = testing::model_folder("bfloat16");
  const std::vector<Golden> goldens_ = testing::read_goldens("bfloat16");
};

TEST_F(Bfloat16Test, LogitsAreAsFarFromFloat32AsThoseOfTransformers) {
  const Decoder narrow = load_decoder(folder_);
  const Decoder wide = load_decoder(folder_, at::kFloat);
  EXPECT_EQ(narrow.layers[1].attention.q_norm.scalar_type(), at::kBFloat16);
  double ours = 0;
  double theirs = 0;
  for (const Golden& golden : goldens_) {
    const auto batch = testing::single_batch(golden.prompt);
    const at::Tensor found = logits_of(narrow, batch)[0];
    EXPECT_EQ(found.scalar_type(), at::kBFloat16);
    const at::Tensor exact = logits_of(wide, batch)[0];
    const auto largest = exact.abs().max().item<double>();
    EXPECT_LE(testing::gap(found, golden.logits), bfloat16_steps * 0x1p-8 * largest);
    ours = std::max(ours, testing::gap(found, exact));
    theirs = std::max(theirs, testing::gap(golden.logits, exact));
  }
  EXPECT_LE(ours, 1.5 * theirs);
}

TEST_F(Bfloat16Test, PaddingAndCacheStayWithinRounding) {
  const Decoder decoder = load_decoder(folder_);
  const auto prompts = testing::prompts_of(goldens_);
  const auto batch = testing::padded_batch(prompts, Padding::left);
  const at::Tensor all = logits_of(decoder, batch);
  EXPECT_TRUE(all.isfinite().all().item<bool>());
  for (std::size_t row = 0; row < prompts.size(); ++row) {
    const auto length = static_cast<std::int64_t>(prompts[row].size());
    const at::Tensor ours =
        all[static_cast<std::int64_t>(row)].narrow(0, all.size(1) - length, length);
    const auto largest = goldens_[row].logits.abs().max().item<double>();
    EXPECT_LE(testing::gap(ours, goldens_[row].logits), bfloat16_steps * 0x1p-8 * largest);
  }
}

}  // namespace
}  // namespace lightreasoner::model
