// SPDX-License-Identifier: Apache-2.0
/// Keys and values of the places that a batch has come past, on the model's device.
#pragma once

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <span>
#include <vector>

namespace lightreasoner::attention {

/// Places that a cache gets room for when `length` of them are to be held and it has room for
/// `capacity`.
[[nodiscard]] std::int64_t next_cache_capacity(std::int64_t capacity, std::int64_t length);

/// One pair of tensors a layer, with room for more places than they hold, so that a step writes its
/// own place only. By mask all rows have the same places, padding among them, and a tensor is
/// [rows, kv_heads, capacity, head_dim]; by lengths a row's places are its own tokens, and it is
/// [rows, capacity, kv_heads, head_dim]. The first pass decides; a cache cannot change.
struct KvCache {
  std::vector<at::Tensor> keys, values;
  std::int64_t length = 0;            ///< places held, by lengths those of the longest row
  std::vector<std::int64_t> lengths;  ///< [rows] places held of each row; empty by mask

  /// Keeps the given batch rows only, in that order.
  void keep_rows(std::span<const std::int64_t> rows);
};

}  // namespace lightreasoner::attention
