// SPDX-License-Identifier: Apache-2.0
#include "attention/by_mask.hpp"

#include "attention/kv_cache.hpp"

#include <ATen/ATen.h>

namespace lightreasoner::attention {
namespace {

/// Added to scores of places that must not be seen. Finite, so that a padding place, which sees
/// nothing, gets some finite average and never NaN; exp of it is 0 beside any real score.
constexpr double masked_score = -1e30;

/// `tensor` with room for `length`, its first `held` kept.
at::Tensor with_room_for(const at::Tensor& tensor, std::int64_t held, std::int64_t length) {
  auto sizes = tensor.sizes().vec();
  if (length <= sizes[2]) {
    return tensor;
  }
  sizes[2] = next_cache_capacity(sizes[2], length);
  at::Tensor larger = at::empty(sizes, tensor.options());
  larger.narrow(2, 0, held).copy_(tensor.narrow(2, 0, held));
  return larger;
}

}  // namespace

at::Tensor make_mask(const weights::AttentionShape& shape, const at::Tensor& is_token,
                     std::int64_t length, at::ScalarType dtype) {
  const std::int64_t rows = is_token.size(0);
  const std::int64_t total = is_token.size(1);
  const std::int64_t group = shape.group();
  at::Tensor hidden = is_token.logical_not().view({rows, 1, 1, total});
  if (length > 1) {
    const auto later = at::ones({length, total}, hidden.options()).triu(total - length + 1);
    hidden = hidden.logical_or(later);
  }
  const at::Tensor mask =
      at::zeros(hidden.sizes(), hidden.options().dtype(dtype)).masked_fill_(hidden, masked_score);
  return mask.unsqueeze(2)
      .expand({rows, 1, group, length, total})
      .reshape({rows, 1, group * length, total});
}

at::Tensor with_past_by_mask(const MaskedPlaces& places, const at::Tensor& fresh,
                             at::Tensor* cached) {
  if (cached == nullptr) return fresh.transpose(1, 2);
  const at::Tensor by_head = fresh.transpose(1, 2);
  const std::int64_t length = by_head.size(2);
  const std::int64_t total = places.past + length;
  if (!cached->defined()) {
    *cached = at::empty({by_head.size(0), by_head.size(1), 0, by_head.size(3)}, by_head.options());
  }
  *cached = with_room_for(*cached, places.past, total);
  cached->narrow(2, places.past, length).copy_(by_head);
  return cached->narrow(2, 0, total);
}

at::Tensor attend_by_mask(const MaskedPlaces& places, const at::Tensor& query,
                          const at::Tensor& key, const at::Tensor& value) {
  const auto [num_heads, num_kv_heads, head_dim] = places.shape;
  const std::int64_t group = places.shape.group();
  const std::int64_t rows = query.size(0);
  const std::int64_t length = query.size(1);
  const at::Tensor grouped = query.view({rows, length, num_kv_heads, group, head_dim})
                                 .permute({0, 2, 3, 1, 4})
                                 .reshape({rows, num_kv_heads, group * length, head_dim});
  const at::Tensor mixed = at::scaled_dot_product_attention(grouped, key, value, places.mask);
  return mixed.view({rows, num_kv_heads, group, length, head_dim})
      .permute({0, 3, 1, 2, 4})
      .reshape({rows, length, num_heads * head_dim});
}

}  // namespace lightreasoner::attention
