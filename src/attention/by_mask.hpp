// SPDX-License-Identifier: Apache-2.0
/// Attention over padded rows with a mask of every pair of places: the reference that attention by
/// lengths is compared with, and the way of devices that have no such call. Private to the module.
#pragma once

#include "weights/decoder_config.hpp"

#include <ATen/core/Tensor.h>
#include <cstdint>

namespace lightreasoner::attention {

/// What is added to attention scores, [rows, 1, group * length, places]: the `length` last places
/// see themselves and earlier ones, of all those where `is_token` [rows, places] is true. Query
/// heads that share a key head are rows of one attention problem (group-major), so the mask is
/// repeated once a group.
[[nodiscard]] at::Tensor make_mask(const weights::AttentionShape& shape, const at::Tensor& is_token,
                                   std::int64_t length, at::ScalarType dtype);

struct MaskedPlaces {
  const weights::AttentionShape& shape;
  const at::Tensor& mask;
  std::int64_t past;
};

/// [rows, length, kv_heads, head_dim] to [rows, kv_heads, past + length, head_dim]: written behind
/// the past places of `cached` when given.
[[nodiscard]] at::Tensor with_past_by_mask(const MaskedPlaces& places, const at::Tensor& fresh,
                                           at::Tensor* cached);

/// `query` [rows, length, heads, head_dim] to [rows, length, heads * head_dim].
[[nodiscard]] at::Tensor attend_by_mask(const MaskedPlaces& places, const at::Tensor& query,
                                        const at::Tensor& key, const at::Tensor& value);

}  // namespace lightreasoner::attention
