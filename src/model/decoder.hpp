// SPDX-License-Identifier: Apache-2.0
/// A pre-norm decoder (RMSNorm, rotary positions, grouped-query attention, SwiGLU) as plain data
/// and free functions.
#pragma once

#include "attention/attend.hpp"
#include "attention/kv_cache.hpp"
#include "attention/new_tokens.hpp"
#include "weights/decoder_config.hpp"

#include <ATen/core/Tensor.h>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lightreasoner::model {

/// y = x W^T + bias + addend(x), rounded once more to x's type when the addend's is wider. The
/// addend is where an adapter joins in.
struct Linear {
  at::Tensor weight;                                    // [out, in]
  at::Tensor bias;                                      // [out], undefined when the family has none
  std::function<at::Tensor(const at::Tensor&)> addend;  // [.., in] -> [.., out], may be empty

  [[nodiscard]] at::Tensor operator()(const at::Tensor& input) const;
};

struct Attention {
  at::Tensor q_norm, k_norm;  // [head_dim], undefined when the family has none
  Linear q_proj, k_proj, v_proj, o_proj;
};

struct FeedForward {
  Linear gate_proj, up_proj, down_proj;
};

struct Layer {
  at::Tensor input_norm;           // [hidden]
  at::Tensor post_attention_norm;  // [hidden]
  Attention attention;
  FeedForward feed_forward;
};

/// All tensors but rotary_frequencies have one dtype, in which everything is computed.
struct Decoder {
  weights::DecoderConfig config;
  at::Tensor embedding;  // [vocabulary, hidden]
  std::vector<Layer> layers;
  at::Tensor final_norm;          // [hidden]
  at::Tensor head;                // [vocabulary, hidden], the embedding itself when tied
  at::Tensor rotary_frequencies;  // [head_dim / 2] radians a position, fp32
  std::map<std::string, at::ScalarType> stored_dtypes;  ///< in the weight files, by tensor name

  /// Where all its tensors are, and what it computes is.
  [[nodiscard]] at::Device device() const { return embedding.device(); }
};

using attention::KvCache;

/// Tokens to run. Rows may be padded on either side: places where `is_token` is false are never
/// attended to. `is_token` covers cached and new places.
struct TokenBatch {
  at::Tensor ids;                 // [batch, length] int64, new places only
  at::Tensor positions;           // [batch, length] int64, rotary positions of the new places
  at::Tensor is_token;            // [batch, cached + length] bool
  attention::NewTokens tokens{};  ///< counted by to_device; else attention goes by mask
};
/// A batch of new places alone, made in the host's memory, as `device` reads it.
[[nodiscard]] TokenBatch to_device(const TokenBatch& batch, at::Device device);

/// What all layers share in one pass of new places through the decoder.
struct ForwardPass {
  const weights::DecoderConfig& config;
  at::Tensor cosine, sine;  // [batch, length, 1, head_dim], first half of sine negated
  attention::Pass attention;
};

/// The parts of hidden_states, for whoever runs layers one at a time.
[[nodiscard]] ForwardPass start_pass(const Decoder& decoder, const TokenBatch& batch,
                                     const KvCache* cache);
/// [batch, length, hidden]: what the first layer starts from.
[[nodiscard]] at::Tensor embed_tokens(const Decoder& decoder, const TokenBatch& batch);
/// [batch, length, hidden] to the same shape. Appends to `cache` when given.
[[nodiscard]] at::Tensor run_layer(const Decoder& decoder, std::size_t index,
                                   const at::Tensor& hidden, const ForwardPass& pass,
                                   KvCache* cache);
/// [batch, length, hidden] after the last layer to the same shape: what the head reads.
[[nodiscard]] at::Tensor apply_final_norm(const Decoder& decoder, const at::Tensor& hidden);

/// Final hidden states after the last norm, [batch, length, hidden]. Places attend to themselves
/// and to earlier ones that hold tokens. Appends to `cache` when given, which needs gradients to
/// be disabled; without it, differentiable with respect to what the addends close over.
[[nodiscard]] at::Tensor hidden_states(const Decoder& decoder, const TokenBatch& batch,
                                       KvCache* cache);
/// Logits of hidden rows, [.., vocabulary], in the model's type.
[[nodiscard]] at::Tensor logits(const Decoder& decoder, const at::Tensor& hidden);

}  // namespace lightreasoner::model
