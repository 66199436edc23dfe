// SPDX-License-Identifier: Apache-2.0
/// A random decoder of any shape, made in memory.
#pragma once

#include "model/memory.hpp"
#include "model/tensor_places.hpp"

#include <ATen/ATen.h>

namespace lightreasoner::testing_support {

/// Eight query heads on two key heads of 16, four layers, no biases.
inline model::DecoderConfig small_shape(std::int64_t vocabulary) {
  model::DecoderConfig config;
  config.family = model::family_traits("llama", "made up");
  config.vocabulary = vocabulary;
  config.hidden_size = 128;
  config.intermediate_size = 384;
  config.num_layers = 4;
  config.num_heads = 8;
  config.num_kv_heads = 2;
  config.head_dim = 16;
  config.max_positions = 4096;
  return config;
}

inline model::Decoder made_up_decoder(const model::DecoderConfig& config, at::ScalarType dtype) {
  model::Decoder decoder = model::empty_decoder(config);
  at::manual_seed(7);
  model::for_each_tensor(
      decoder, [&](const std::string& name, at::Tensor& tensor, const model::Shape& shape) {
        tensor = shape.size() == 1 ? at::ones(shape) : at::randn(shape) * 0.2;
        tensor = tensor.to(dtype);
        decoder.stored_dtypes.emplace(name, dtype);
      });
  decoder.rotary_frequencies = model::rotary_frequencies(config.rotary, config.head_dim);
  return decoder;
}

}  // namespace lightreasoner::testing_support
