// SPDX-License-Identifier: Apache-2.0
/// A random decoder of any shape, made in memory.
#pragma once

#include "model/rotary.hpp"
#include "model/tensor_places.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace lightreasoner::testing_support {

/// Eight query heads on two key heads of 16, four layers, no biases.
inline weights::DecoderConfig small_shape(std::int64_t vocabulary) {
  weights::DecoderConfig config;
  config.family = weights::family_traits("llama", "made up");
  config.shape.vocabulary = vocabulary;
  config.shape.hidden_size = 128;
  config.shape.intermediate_size = 384;
  config.shape.num_layers = 4;
  config.attention.num_heads = 8;
  config.attention.num_kv_heads = 2;
  config.attention.head_dim = 16;
  config.shape.max_positions = 4096;
  return config;
}

inline model::Decoder made_up_decoder(const weights::DecoderConfig& config, at::ScalarType dtype) {
  model::Decoder decoder = model::empty_decoder(config);
  const at::Generator generator = at::detail::createCPUGenerator(7);
  for (const weights::ListedTensor& tensor : weights::list_tensors(config)) {
    model::place_of(decoder, tensor) =
        (tensor.shape.size() == 1 ? at::ones(tensor.shape)
                                  : at::randn(tensor.shape, generator) * 0.2)
            .to(dtype);
    decoder.stored_dtypes.emplace(tensor.name, dtype);
  }
  decoder.rotary_frequencies = model::rotary_frequencies(config.rotary, config.attention.head_dim);
  return decoder;
}

/// So many rows of the ids 3, 4, 5 ...
inline std::vector<std::vector<std::int32_t>> made_up_prompts(std::size_t rows,
                                                              std::size_t length) {
  std::vector<std::int32_t> prompt(length);
  std::iota(prompt.begin(), prompt.end(), 3);
  return std::vector<std::vector<std::int32_t>>(rows, prompt);
}

}  // namespace lightreasoner::testing_support
