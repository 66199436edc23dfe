// SPDX-License-Identifier: Apache-2.0
#include "model/decoder.hpp"

#include "model/golden.hpp"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

namespace lightreasoner::model {
namespace {

using testing::Golden;
using testing::Padding;

// Tolerances on logits of size up to 5.
constexpr double to_transformers = 1e-4;  // another implementation, fp32
constexpr double to_padded = 2e-5;        // the same sums in another order
constexpr double to_double = 1e-4;        // fp32 against plain double loops

class DecoderTest : public ::testing::TestWithParam<const char*> {
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
    EXPECT_LE(testing::gap(ours, golden.logits), to_transformers);
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
      EXPECT_LE(testing::gap(ours, goldens_[row].logits), to_transformers + to_padded);
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
    EXPECT_EQ(cache.num_columns, begin);
  }
  ASSERT_EQ(begin, whole.size(1));
  const at::Tensor is_token = batch.is_token.unsqueeze(2);
  EXPECT_LE(testing::gap(at::cat(parts, 1) * is_token, whole * is_token), to_padded);
}

TEST_P(DecoderTest, CacheKeepsChosenRows) {
  const auto batch = testing::padded_batch(testing::prompts_of(goldens_), Padding::left);
  const std::int64_t last = batch.ids.size(1) - 1;
  const at::Tensor whole = logits_of(batch).select(1, last);
  KvCache cache;
  (void)logits_of({batch.ids.narrow(1, 0, last), batch.positions.narrow(1, 0, last),
                   batch.is_token.narrow(1, 0, last)},
                  &cache);
  const at::Tensor rows = at::tensor({6, 1, 3}, at::kLong);
  cache.keep_rows(rows);
  const at::Tensor kept = logits_of({batch.ids.index_select(0, rows).narrow(1, last, 1),
                                     batch.positions.index_select(0, rows).narrow(1, last, 1),
                                     batch.is_token.index_select(0, rows)},
                                    &cache);
  EXPECT_LE(testing::gap(kept.select(1, 0), whole.index_select(0, rows)), to_padded);
}

TEST_P(DecoderTest, GradientReachesAnAddend) {
  Decoder decoder = decoder_;
  const std::int64_t width = decoder.config.hidden_size;
  const std::int64_t out = decoder.layers[0].q_proj.weight.size(0);
  const at::Tensor delta = at::zeros({out, width}).requires_grad_(true);
  decoder.layers[0].q_proj.addend = [delta](const at::Tensor& x) { return at::linear(x, delta); };
  const auto batch = testing::single_batch(goldens_[2].prompt);
  const auto objective = [&] { return hidden_states(decoder, batch, nullptr).square().sum(); };
  objective().backward();
  ASSERT_TRUE(delta.grad().defined());

  // A central difference along the gradient's own direction; fp32 leaves three digits.
  const at::NoGradGuard no_gradients;
  const double norm = delta.grad().norm().item<double>();
  ASSERT_GT(norm, 0.0);
  const at::Tensor direction = delta.grad() / norm;
  constexpr double step = 1e-2;
  delta.add_(direction, step);
  const double above = objective().item<double>();
  delta.sub_(direction, 2 * step);
  const double below = objective().item<double>();
  EXPECT_NEAR((above - below) / (2 * step) / norm, 1.0, 1e-2);
}

INSTANTIATE_TEST_SUITE_P(Models, DecoderTest, ::testing::Values("tied", "untied"),
                         [](const auto& model) { return std::string(model.param); });

/// RMSNorm, rotary attention and SwiGLU of one layer as loops over doubles.
class PlainDecoder {
 public:
  explicit PlainDecoder(const Decoder& decoder) : decoder_(decoder), config_(decoder.config) {}

  [[nodiscard]] at::Tensor logits_of(const std::vector<std::int32_t>& ids) const {
    Rows hidden;
    for (const std::int32_t id : ids) {
      hidden.push_back(row_of(decoder_.embedding, id));
    }
    for (const Layer& layer : decoder_.layers) {
      add(hidden, attention(layer, normed(hidden, layer.input_norm)));
      add(hidden, feed_forward(layer, normed(hidden, layer.post_attention_norm)));
    }
    const Rows out = linear({decoder_.head, {}, {}}, normed(hidden, decoder_.final_norm));
    at::Tensor result = at::empty({std::ssize(out), config_.vocabulary}, at::kDouble);
    for (std::size_t t = 0; t < out.size(); ++t) {
      result[static_cast<std::int64_t>(t)] = at::tensor(out[t], at::kDouble);
    }
    return result;
  }

 private:
  using Row = std::vector<double>;
  using Rows = std::vector<Row>;

  static Row row_of(const at::Tensor& matrix, std::int64_t index) {
    const at::Tensor row = matrix[index].to(at::kDouble).contiguous();
    return {row.const_data_ptr<double>(), row.const_data_ptr<double>() + row.numel()};
  }
  static void add(Rows& sum, const Rows& more) {
    for (std::size_t t = 0; t < sum.size(); ++t) {
      for (std::size_t i = 0; i < sum[t].size(); ++i) {
        sum[t][i] += more[t][i];
      }
    }
  }
  [[nodiscard]] Rows normed(Rows rows, const at::Tensor& weight) const {
    for (Row& row : rows) {
      double squares = 0;
      for (const double x : row) {
        squares += x * x;
      }
      const double scale =
          1.0 / std::sqrt(squares / static_cast<double>(row.size()) + config_.rms_norm_eps);
      for (std::size_t i = 0; i < row.size(); ++i) {
        row[i] *= scale * weight[static_cast<std::int64_t>(i)].item<double>();
      }
    }
    return rows;
  }
  static Rows linear(const Linear& linear, const Rows& input) {
    Rows output(input.size());
    for (std::int64_t o = 0; o < linear.weight.size(0); ++o) {
      const Row weight = row_of(linear.weight, o);
      for (std::size_t t = 0; t < input.size(); ++t) {
        double sum = linear.bias.defined() ? linear.bias[o].item<double>() : 0.0;
        for (std::size_t i = 0; i < weight.size(); ++i) {
          sum += weight[i] * input[t][i];
        }
        output[t].push_back(sum);
      }
    }
    return output;
  }
  void rotate(Rows& rows, std::int64_t num_heads) const {
    const auto half = static_cast<std::size_t>(config_.head_dim / 2);
    for (std::size_t t = 0; t < rows.size(); ++t) {
      for (std::size_t head = 0; head < static_cast<std::size_t>(num_heads); ++head) {
        for (std::size_t i = 0; i < half; ++i) {
          const double angle =
              static_cast<double>(t) *
              std::pow(config_.rope_theta, -static_cast<double>(i) / static_cast<double>(half));
          double& a = rows[t][head * 2 * half + i];
          double& b = rows[t][head * 2 * half + half + i];
          const double rotated = a * std::cos(angle) - b * std::sin(angle);
          b = b * std::cos(angle) + a * std::sin(angle);
          a = rotated;
        }
      }
    }
  }
  [[nodiscard]] Rows attention(const Layer& layer, const Rows& input) const {
    Rows query = linear(layer.q_proj, input);
    Rows key = linear(layer.k_proj, input);
    const Rows value = linear(layer.v_proj, input);
    rotate(query, config_.num_heads);
    rotate(key, config_.num_kv_heads);
    const auto width = static_cast<std::size_t>(config_.head_dim);
    Rows mixed(input.size(), Row(query[0].size(), 0.0));
    for (std::size_t t = 0; t < input.size(); ++t) {
      for (std::size_t h = 0; h < static_cast<std::size_t>(config_.num_heads); ++h) {
        const std::size_t kv = h * static_cast<std::size_t>(config_.num_kv_heads) /
                               static_cast<std::size_t>(config_.num_heads);
        Row weights;
        double total = 0;
        for (std::size_t s = 0; s <= t; ++s) {
          double score = 0;
          for (std::size_t i = 0; i < width; ++i) {
            score += query[t][h * width + i] * key[s][kv * width + i];
          }
          weights.push_back(std::exp(score / std::sqrt(static_cast<double>(width))));
          total += weights.back();
        }
        for (std::size_t s = 0; s <= t; ++s) {
          for (std::size_t i = 0; i < width; ++i) {
            mixed[t][h * width + i] += weights[s] / total * value[s][kv * width + i];
          }
        }
      }
    }
    return linear(layer.o_proj, mixed);
  }
  [[nodiscard]] static Rows feed_forward(const Layer& layer, const Rows& input) {
    Rows gate = linear(layer.gate_proj, input);
    const Rows up = linear(layer.up_proj, input);
    for (std::size_t t = 0; t < gate.size(); ++t) {
      for (std::size_t i = 0; i < gate[t].size(); ++i) {
        gate[t][i] *= up[t][i] / (1.0 + std::exp(-gate[t][i]));
      }
    }
    return linear(layer.down_proj, gate);
  }

  const Decoder& decoder_;
  const DecoderConfig& config_;
};

TEST_P(DecoderTest, LogitsEqualPlainLoopsInDouble) {
  const Golden& golden = goldens_[3];
  const at::Tensor ours = logits_of(testing::single_batch(golden.prompt))[0];
  EXPECT_LE(testing::gap(ours, PlainDecoder(decoder_).logits_of(golden.prompt)), to_double);
}

}  // namespace
}  // namespace lightreasoner::model
