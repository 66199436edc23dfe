// SPDX-License-Identifier: Apache-2.0
#include "model/decoder.hpp"

#include "device/back_end.hpp"
#include "device/transfer.hpp"
#include "model/memory.hpp"
#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <algorithm>

namespace lightreasoner::model {
namespace {

using weights::DecoderConfig;

/// Over the last dimension, the weight's.
at::Tensor rms_norm(const DecoderConfig& config, const at::Tensor& input,
                    const at::Tensor& weight) {
  if (input.scalar_type() == at::kFloat) {
    return at::rms_norm(input, weight.sizes(), weight, config.rms_norm_eps);
  }
  // transformers rounds to the model's type before the weight comes in.
  const at::Tensor normed =
      at::rms_norm(input.to(at::kFloat), weight.sizes(), {}, config.rms_norm_eps);
  return weight * normed.to(input.scalar_type());
}

/// Rotary positions, half-split convention: (x1, x2) -> (x1 cos - x2 sin, x2 cos + x1 sin).
at::Tensor rotate(const at::Tensor& heads, const ForwardPass& pass) {
  const auto halves = heads.chunk(2, -1);
  const at::Tensor turned = at::cat({halves[1], halves[0]}, -1);
  if (heads.scalar_type() == at::kFloat) {
    return at::addcmul(heads * pass.cosine, turned, pass.sine);
  }
  // transformers rounds both products; addcmul would round their sum alone.
  return heads * pass.cosine + turned * pass.sine;
}

at::Tensor attend(const Attention& weights, const at::Tensor& input, const ForwardPass& pass,
                  KvCache* cache, std::size_t layer_index) {
  const DecoderConfig& config = pass.config;
  const auto heads_of = [&](const Linear& linear) {
    return linear(input).unflatten(-1, {-1, config.attention.head_dim});
  };
  const auto norm_and_rotate = [&](const at::Tensor& heads, const at::Tensor& norm) {
    return rotate(norm.defined() ? rms_norm(config, heads, norm) : heads, pass);
  };
  return weights.o_proj(
      attention::attend(pass.attention,
                        {.query = norm_and_rotate(heads_of(weights.q_proj), weights.q_norm),
                         .key = norm_and_rotate(heads_of(weights.k_proj), weights.k_norm),
                         .value = heads_of(weights.v_proj)},
                        cache, layer_index));
}

at::Tensor feed_forward(const FeedForward& weights, const at::Tensor& input) {
  return weights.down_proj(at::silu(weights.gate_proj(input)) * weights.up_proj(input));
}

}  // namespace

at::Tensor Linear::operator()(const at::Tensor& input) const {
  const at::Tensor output = at::linear(input, weight, bias);
  return addend ? (output + addend(input)).to(output.scalar_type()) : output;
}

ForwardPass start_pass(const Decoder& decoder, const TokenBatch& batch, const KvCache* cache) {
  const at::NoGradGuard no_gradients;
  const DecoderConfig& config = decoder.config;
  const at::ScalarType dtype = decoder.embedding.scalar_type();
  ForwardPass pass{config, {}, {}, {}};
  pass.attention = attention::start_pass(
      config.attention,
      {.rows = batch.ids.size(0),
       .length = batch.ids.size(1),
       .is_token = batch.is_token,
       .tokens = batch.tokens},
      cache, dtype, device::attention_calls(decoder.device(), dtype, config.attention.head_dim));
  const at::Tensor angles =
      batch.positions.to(at::kFloat).unsqueeze(2).unsqueeze(3) * decoder.rotary_frequencies;
  const at::Tensor cosine = angles.cos().to(dtype);
  const at::Tensor sine = angles.sin().to(dtype);
  pass.cosine = at::cat({cosine, cosine}, -1);
  pass.sine = at::cat({sine.neg(), sine}, -1);
  return pass;
}

at::Tensor run_layer(const Decoder& decoder, std::size_t index, const at::Tensor& hidden,
                     const ForwardPass& pass, KvCache* cache) {
  const Layer& layer = decoder.layers[index];
  const at::Tensor normed = rms_norm(decoder.config, hidden, layer.input_norm);
  const at::Tensor attended = hidden + attend(layer.attention, normed, pass, cache, index);
  return attended + feed_forward(layer.feed_forward,
                                 rms_norm(decoder.config, attended, layer.post_attention_norm));
}

TokenBatch to_device(const TokenBatch& batch, at::Device device) {
  TokenBatch moved{device::to_device(batch.ids, device), device::to_device(batch.positions, device),
                   device::to_device(batch.is_token, device)};
  if (device.type() != device::host) moved.tokens = attention::count_tokens(batch.is_token, device);
  return moved;
}

at::Tensor embed_tokens(const Decoder& decoder, const TokenBatch& batch) {
  return at::embedding(decoder.embedding, batch.ids);
}

at::Tensor apply_final_norm(const Decoder& decoder, const at::Tensor& hidden) {
  return rms_norm(decoder.config, hidden, decoder.final_norm);
}

at::Tensor hidden_states(const Decoder& decoder, const TokenBatch& batch, KvCache* cache) {
  support::require(cache == nullptr || !at::GradMode::is_enabled(),
                   "a cache is written in place, which gradients cannot pass");
  const ForwardPass pass = start_pass(decoder, batch, cache);
  if (cache != nullptr) {
    cache->keys.resize(decoder.layers.size());
    cache->values.resize(decoder.layers.size());
  }
  at::Tensor hidden = embed_tokens(decoder, batch);
  for (std::size_t i = 0; i < decoder.layers.size(); ++i) {
    hidden = run_layer(decoder, i, hidden, pass, cache);
  }
  if (cache != nullptr) attention::finish_pass(pass.attention, *cache);
  return apply_final_norm(decoder, hidden);
}

at::Tensor logits(const Decoder& decoder, const at::Tensor& hidden) {
  return at::linear(hidden, decoder.head);
}

// What the functions above allocate.

std::uint64_t kv_cache_bytes(const ModelSize& model, const BatchSize& batch) {
  const DecoderConfig& config = model.config;
  std::int64_t capacity = attention::next_cache_capacity(0, batch.length);
  while (capacity < batch.length + batch.more) {
    capacity = attention::next_cache_capacity(capacity, capacity + 1);
  }
  const std::uint64_t tensor =
      num_elements(batch.rows, capacity) *
      num_elements(config.attention.num_kv_heads, config.attention.head_dim) *
      model.element_bytes();
  return tensor * static_cast<std::uint64_t>(2 * config.shape.num_layers + 1);
}

std::uint64_t shared_pass_bytes(const ModelSize& model, const BatchSize& batch) {
  const DecoderConfig& config = model.config;
  const std::uint64_t tokens = num_elements(batch.rows, batch.length);
  const std::uint64_t rotary =
      2 * tokens * static_cast<std::uint64_t>(config.attention.head_dim) * model.element_bytes();
  if (!model.attends_by_mask()) {
    constexpr std::uint64_t places_of_token = 3;  // packed, unpacked, in the cache
    return rotary + places_of_token * tokens * sizeof(std::int64_t);
  }
  const std::uint64_t scores = tokens * static_cast<std::uint64_t>(batch.length + batch.more);
  return rotary +
         scores * static_cast<std::uint64_t>(config.attention.group()) * model.element_bytes();
}

std::uint64_t pass_bytes(const ModelSize& model, const BatchSize& batch) {
  const DecoderConfig& config = model.config;
  const std::uint64_t tokens = num_elements(batch.rows, batch.length);
  const std::uint64_t element = model.element_bytes();
  const auto hidden = static_cast<std::uint64_t>(config.shape.hidden_size);
  const auto query = num_elements(config.attention.num_heads, config.attention.head_dim);
  const auto key = num_elements(config.attention.num_kv_heads, config.attention.head_dim);
  // Beside the hidden states and their normed form, which live through both halves of a layer.
  // By lengths there are packed forms too.
  const std::uint64_t attention =
      hidden + (model.attends_by_mask() ? 4 * query + 2 * key : 5 * query + 4 * key);
  const std::uint64_t feed_forward =
      4 * static_cast<std::uint64_t>(config.shape.intermediate_size) + 2 * hidden;
  const std::uint64_t layer = tokens * element * (2 * hidden + std::max(attention, feed_forward));
  // Norms are computed in fp32 whatever the model's type.
  const std::uint64_t norm = tokens * hidden * (2 * element + 3 * sizeof(float));
  // The mask is made in three forms, bool, by place and by query head, of which one is kept.
  const std::uint64_t mask_forms =
      model.attends_by_mask()
          ? tokens * static_cast<std::uint64_t>(batch.length + batch.more) * (1 + element)
          : 0;
  return shared_pass_bytes(model, batch) + std::max({layer, norm, mask_forms});
}

std::uint64_t kept_bytes_of_token(const ModelSize& model) {
  const DecoderConfig& config = model.config;
  const std::int64_t query = config.attention.query_features();
  const std::int64_t key = config.attention.key_features();
  const std::int64_t head_norms = config.family.qk_norm ? query + key : 0;
  // Hidden states twice, what attention and the gate multiply, and what is normed. By lengths what
  // attention gives is there packed and as places.
  const std::int64_t kept = 2 * config.shape.hidden_size +
                            (model.attends_by_mask() ? 2 : 3) * query + 2 * key + head_norms +
                            3 * config.shape.intermediate_size;
  // In fp32 whatever the type: sums of attention; of narrower models, what norms compute in.
  const std::int64_t in_fp32 =
      config.attention.num_heads +
      (model.dtype == at::kFloat ? 0 : 2 * config.shape.hidden_size + head_norms);
  return num_elements(kept, static_cast<std::int64_t>(model.element_bytes())) +
         num_elements(in_fp32, sizeof(float));
}

std::uint64_t gradient_bytes_of_token(const ModelSize& model) {
  const weights::DecoderShape& shape = model.config.shape;
  const weights::AttentionShape& attention = model.config.attention;
  std::int64_t elements = 2 * shape.intermediate_size + 4 * shape.hidden_size;
  if (!model.attends_by_mask()) {
    // By lengths each is there packed and as places.
    elements += 4 * attention.query_features() + 4 * attention.key_features();
  }
  if (model.computes_on == planning::ComputesOn::device) {
    elements +=
        4 * shape.hidden_size;  // norms are computed in parts where no kernel has them whole
  }
  return num_elements(elements, static_cast<std::int64_t>(model.element_bytes()));
}

}  // namespace lightreasoner::model
