// SPDX-License-Identifier: Apache-2.0
/// What a decoder computes, as loops over doubles that can be read beside the equations.
#pragma once

#include "model/decoder.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace lightreasoner::model::testing {

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
    at::Tensor result = at::empty({std::ssize(out), config_.shape.vocabulary}, at::kDouble);
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
  /// Over stretches as long as the weight: whole rows, or each head of a row.
  [[nodiscard]] Rows normed(Rows rows, const at::Tensor& weight) const {
    const auto width = static_cast<std::size_t>(weight.numel());
    for (Row& row : rows) {
      for (std::size_t begin = 0; begin < row.size(); begin += width) {
        double squares = 0;
        for (std::size_t i = 0; i < width; ++i) {
          squares += row[begin + i] * row[begin + i];
        }
        const double scale =
            1.0 / std::sqrt(squares / static_cast<double>(width) + config_.rms_norm_eps);
        for (std::size_t i = 0; i < width; ++i) {
          row[begin + i] *= scale * weight[static_cast<std::int64_t>(i)].item<double>();
        }
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
  [[nodiscard]] double stretched(double frequency) const {
    if (!config_.rotary.llama3) {
      return frequency;
    }
    const weights::Llama3Scaling& scaling = *config_.rotary.llama3;
    const double turns =
        static_cast<double>(scaling.original_positions) * frequency / (2 * std::numbers::pi);
    const double share = std::clamp(
        (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor),
        0.0, 1.0);
    return share * frequency + (1 - share) * frequency / scaling.factor;
  }
  void rotate(Rows& rows, std::int64_t num_heads) const {
    const auto half = static_cast<std::size_t>(config_.attention.head_dim / 2);
    for (std::size_t t = 0; t < rows.size(); ++t) {
      for (std::size_t head = 0; head < static_cast<std::size_t>(num_heads); ++head) {
        for (std::size_t i = 0; i < half; ++i) {
          const double angle =
              static_cast<double>(t) *
              stretched(std::pow(config_.rotary.theta,
                                 -static_cast<double>(i) / static_cast<double>(half)));
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
    Rows query = linear(layer.attention.q_proj, input);
    Rows key = linear(layer.attention.k_proj, input);
    const Rows value = linear(layer.attention.v_proj, input);
    if (layer.attention.q_norm.defined()) {
      query = normed(query, layer.attention.q_norm);
      key = normed(key, layer.attention.k_norm);
    }
    rotate(query, config_.attention.num_heads);
    rotate(key, config_.attention.num_kv_heads);
    const auto width = static_cast<std::size_t>(config_.attention.head_dim);
    Rows mixed(input.size(), Row(query[0].size(), 0.0));
    for (std::size_t t = 0; t < input.size(); ++t) {
      for (std::size_t h = 0; h < static_cast<std::size_t>(config_.attention.num_heads); ++h) {
        const std::size_t kv = h * static_cast<std::size_t>(config_.attention.num_kv_heads) /
                               static_cast<std::size_t>(config_.attention.num_heads);
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
    return linear(layer.attention.o_proj, mixed);
  }
  [[nodiscard]] static Rows feed_forward(const Layer& layer, const Rows& input) {
    Rows gate = linear(layer.feed_forward.gate_proj, input);
    const Rows up = linear(layer.feed_forward.up_proj, input);
    for (std::size_t t = 0; t < gate.size(); ++t) {
      for (std::size_t i = 0; i < gate[t].size(); ++i) {
        gate[t][i] *= up[t][i] / (1.0 + std::exp(-gate[t][i]));
      }
    }
    return linear(layer.feed_forward.down_proj, gate);
  }

  const Decoder& decoder_;
  const weights::DecoderConfig& config_;
};

}  // namespace lightreasoner::model::testing
