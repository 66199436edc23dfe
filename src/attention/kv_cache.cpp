// SPDX-License-Identifier: Apache-2.0
#include "attention/kv_cache.hpp"

#include "device/transfer.hpp"

#include <ATen/ATen.h>
#include <algorithm>

namespace lightreasoner::attention {
namespace {

/// Columns a growing cache gains at least, so that copies are rare.
constexpr std::int64_t least_cache_growth = 64;

}  // namespace

std::int64_t next_cache_capacity(std::int64_t capacity, std::int64_t length) {
  return length <= capacity
             ? capacity
             : std::max(length, capacity + std::max(least_cache_growth, capacity / 2));
}

void KvCache::keep_rows(std::span<const std::int64_t> rows) {
  if (!lengths.empty()) {
    std::vector<std::int64_t> kept;
    for (const std::int64_t row : rows) kept.push_back(lengths[static_cast<std::size_t>(row)]);
    length = kept.empty() ? 0 : *std::max_element(kept.begin(), kept.end());
    lengths = std::move(kept);
  }
  if (keys.empty()) return;
  const at::Tensor index = device::ids_to_device(rows, keys.front().device());
  for (auto* tensors : {&keys, &values}) {
    for (at::Tensor& tensor : *tensors) {
      tensor = tensor.index_select(0, index);
    }
  }
}

}  // namespace lightreasoner::attention
