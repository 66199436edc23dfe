// SPDX-License-Identifier: Apache-2.0
/// Attention of new tokens to themselves and to those before them, by the fastest call that the
/// device has for rows of unequal length.
#pragma once

#include "attention/by_lengths.hpp"
#include "attention/kv_cache.hpp"
#include "attention/new_tokens.hpp"
#include "device/back_end.hpp"
#include "weights/decoder_config.hpp"

#include <ATen/core/Tensor.h>
#include <cstddef>
#include <cstdint>

namespace lightreasoner::attention {

/// The new places of a batch, and which of them may be seen.
struct Places {
  std::int64_t rows = 0;
  std::int64_t length = 0;  ///< of each row, padding among them
  at::Tensor is_token;      ///< [rows, cached + length] bool: places where it is false are not seen
  NewTokens tokens;         ///< not counted where one that is hidden may lie between others
};

/// What all layers of one pass share.
struct Pass {
  weights::AttentionShape shape;
  std::int64_t rows = 0;
  std::int64_t length = 0;
  std::int64_t past = 0;  ///< places in the cache
  at::Tensor mask;        ///< by mask: [rows, 1, group * length, past + length], added to scores
  RowSpans spans;         ///< by lengths
};

/// By `calls` where the tokens were counted, else by mask. `cache` as attend is going to be given.
[[nodiscard]] Pass start_pass(const weights::AttentionShape& shape, const Places& places,
                              const KvCache* cache, at::ScalarType dtype,
                              const device::AttentionCalls& calls);

/// What the new places have been projected to, rotated.
struct Projections {
  at::Tensor query;       // [rows, length, heads, head_dim]
  at::Tensor key, value;  // [rows, length, kv_heads, head_dim]
};

/// [rows, length, heads * head_dim]. Appends keys and values to the layer's part of `cache` when
/// given, which needs gradients to be disabled; without it, differentiable. Of padding places the
/// result is finite and means nothing.
[[nodiscard]] at::Tensor attend(const Pass& pass, const Projections& projections, KvCache* cache,
                                std::size_t layer);

/// Counts the pass's places as held, after its last layer.
void finish_pass(const Pass& pass, KvCache& cache);

}  // namespace lightreasoner::attention
