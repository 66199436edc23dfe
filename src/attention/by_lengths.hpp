// SPDX-License-Identifier: Apache-2.0
/// Attention over packed tokens: each row by its own lengths, without mask or padding. Private to
/// the module but for RowSpans.
#pragma once

#include "attention/kv_cache.hpp"
#include "attention/new_tokens.hpp"
#include "device/back_end.hpp"
#include "weights/decoder_config.hpp"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <vector>

namespace lightreasoner::attention {

/// Where queries and keys of each segment lie, as the calls of LibTorch take it: a row is one, and
/// where they take no lengths of keys, what its keys leave free is one too. Starts and lengths are
/// int32 on the device.
struct Segments {
  at::Tensor query_starts;     // [segments + 1] of the packed queries
  at::Tensor key_starts;       // [segments + 1] of the cache's places, or of the packed keys
  at::Tensor key_lengths;      // [segments], undefined where keys fill what lies between starts
  std::int64_t max_query = 0;  ///< of a segment
  std::int64_t max_key = 0;    ///< of a segment
};

/// Where a pass puts its keys and values.
struct CacheSlots {
  std::int64_t capacity = 0;       ///< of each row, 0 without a cache
  at::Tensor places;               // [tokens] int64, of the cache's [rows * capacity]
  std::vector<std::int64_t> held;  ///< [rows] places that are held after the pass
};

/// What attention by lengths reads of a pass.
struct RowSpans {
  device::AttentionCalls calls;
  std::int64_t group = 1;  ///< query heads that share a key head
  /// One new token of each row, which sees all of the row's keys. Query heads that share a key head
  /// are then rows of the problem, so that heads are equal in number and no library splits the keys
  /// by how many there are.
  bool is_step = false;
  NewTokens tokens;
  Segments segments;
  CacheSlots slots;
};

[[nodiscard]] RowSpans make_spans(const weights::AttentionShape& shape, NewTokens tokens,
                                  const KvCache* cache, const device::AttentionCalls& calls,
                                  at::Device device);

/// `fresh` [tokens, kv_heads, head_dim] itself, or all places of `cached`, where it has been put,
/// [rows * capacity, kv_heads, head_dim].
[[nodiscard]] at::Tensor with_past_by_lengths(const CacheSlots& slots, const at::Tensor& fresh,
                                              at::Tensor* cached);

/// `query` [tokens, heads, head_dim] to [tokens, heads * head_dim].
[[nodiscard]] at::Tensor attend_by_lengths(const RowSpans& spans, const at::Tensor& query,
                                           const at::Tensor& key, const at::Tensor& value);

}  // namespace lightreasoner::attention
