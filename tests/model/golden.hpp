// SPDX-License-Identifier: Apache-2.0
/// The committed random models and what transformers computes with them (tools/make_model_goldens).
#pragma once

#include "model/build_decoder.hpp"
#include "model/decoder.hpp"
#include "weights/model_folders.hpp"
#include "weights/safetensors.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <vector>

namespace lightreasoner::model::testing {

inline constexpr int num_prompts = 8;
/// Between two ways of computing these models' logits, up to 5 in size: 2 layers of 7 products of
/// up to 40 terms, each rounded to 2^-24, make 5 * 2^-24 * sqrt(560) = 7e-6 the deviation of each
/// way; six of these. The largest seen with AVX512, AVX2 or SSE was 1.5e-5.
inline constexpr double logit_rounding = 4e-5;
/// Greedy tokens are compared up to the first one chosen by less than this (design: parity rule).
inline constexpr float smallest_margin = 1e-3F;

using testing_support::data_folder;
using testing_support::model_folder;

struct Golden {
  std::vector<std::int32_t> prompt;
  at::Tensor logits;                 // [prompt, vocabulary]
  std::vector<std::int32_t> greedy;  // [40]
  std::vector<float> margins;        // [40]

  /// Greedy tokens whose choice was clear.
  [[nodiscard]] std::size_t num_comparable() const {
    std::size_t n = 0;
    while (n < margins.size() && margins[n] >= smallest_margin) {
      ++n;
    }
    return n;
  }
};

inline std::vector<std::int32_t> to_ids(const at::Tensor& tensor) {
  const at::Tensor ids = tensor.to(at::kInt).contiguous();
  return {ids.const_data_ptr<std::int32_t>(), ids.const_data_ptr<std::int32_t>() + ids.numel()};
}

inline std::vector<Golden> read_goldens(const std::string& name) {
  const weights::TensorMap tensors =
      weights::read_safetensors(model_folder(name) / "expected.safetensors");
  std::vector<Golden> goldens;
  for (int i = 0; i < num_prompts; ++i) {
    const std::string suffix = fmt::format(".{}", i);
    const at::Tensor margin = tensors.at("margin" + suffix);
    goldens.push_back(
        {to_ids(tensors.at("prompt" + suffix)),
         tensors.at("logits" + suffix),
         to_ids(tensors.at("greedy" + suffix)),
         {margin.const_data_ptr<float>(), margin.const_data_ptr<float>() + margin.numel()}});
  }
  return goldens;
}

inline std::vector<std::vector<std::int32_t>> prompts_of(const std::vector<Golden>& goldens) {
  std::vector<std::vector<std::int32_t>> prompts;
  for (const Golden& golden : goldens) {
    prompts.push_back(golden.prompt);
  }
  return prompts;
}

enum class Padding { left, right };

/// Sequences as one batch padded with token 0; positions count a row's own tokens.
inline TokenBatch padded_batch(const std::vector<std::vector<std::int32_t>>& sequences,
                               Padding side) {
  std::size_t longest = 0;
  for (const auto& sequence : sequences) {
    longest = std::max(longest, sequence.size());
  }
  const auto rows = static_cast<std::int64_t>(sequences.size());
  const auto columns = static_cast<std::int64_t>(longest);
  TokenBatch batch{at::zeros({rows, columns}, at::kLong), at::zeros({rows, columns}, at::kLong),
                   at::zeros({rows, columns}, at::kBool)};
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto& sequence = sequences[static_cast<std::size_t>(row)];
    const auto length = static_cast<std::int64_t>(sequence.size());
    const std::int64_t begin = side == Padding::left ? columns - length : 0;
    for (std::int64_t i = 0; i < length; ++i) {
      batch.ids[row][begin + i] = sequence[static_cast<std::size_t>(i)];
      batch.positions[row][begin + i] = i;
      batch.is_token[row][begin + i] = true;
    }
  }
  return batch;
}

inline TokenBatch single_batch(const std::vector<std::int32_t>& sequence) {
  return padded_batch({sequence}, Padding::right);
}

/// Largest absolute difference.
inline double gap(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

}  // namespace lightreasoner::model::testing
