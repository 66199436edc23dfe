// SPDX-License-Identifier: Apache-2.0
#include "attention/attend.hpp"

#include "attention/by_mask.hpp"
#include "support/errors.hpp"

#include <algorithm>

namespace lightreasoner::attention {

Pass start_pass(const weights::AttentionShape& shape, const Places& places, const KvCache* cache,
                at::ScalarType dtype, const device::AttentionCalls& calls) {
  Pass pass{.shape = shape,
            .rows = places.rows,
            .length = places.length,
            .past = cache == nullptr ? 0 : cache->length,
            .mask = {},
            .spans = {}};
  const bool by_mask =
      calls.fastest == device::AttentionCall::by_mask || places.tokens.lengths.empty();
  support::require(pass.past == 0 || cache->lengths.empty() == by_mask,
                   "a cache is filled by mask or by lengths, not by both");
  if (by_mask) {
    support::require(places.is_token.size(1) == pass.past + pass.length,
                     "is_token must cover cached and new places");
    pass.mask = make_mask(shape, places.is_token, pass.length, dtype);
  } else {
    pass.spans = make_spans(shape, places.tokens, cache, calls, places.is_token.device());
  }
  return pass;
}

at::Tensor attend(const Pass& pass, const Projections& projections, KvCache* cache,
                  std::size_t layer) {
  at::Tensor* const keys = cache == nullptr ? nullptr : &cache->keys.at(layer);
  at::Tensor* const values = cache == nullptr ? nullptr : &cache->values.at(layer);
  const auto& [query, key, value] = projections;
  if (pass.mask.defined()) {
    const MaskedPlaces places{pass.shape, pass.mask, pass.past};
    return attend_by_mask(places, query, with_past_by_mask(places, key, keys),
                          with_past_by_mask(places, value, values));
  }
  const NewTokens& tokens = pass.spans.tokens;
  const at::Tensor mixed =
      attend_by_lengths(pass.spans, pack(tokens, query),
                        with_past_by_lengths(pass.spans.slots, pack(tokens, key), keys),
                        with_past_by_lengths(pass.spans.slots, pack(tokens, value), values));
  return unpack(tokens, mixed, pass.length);
}

void finish_pass(const Pass& pass, KvCache& cache) {
  if (pass.mask.defined()) {
    cache.length += pass.length;
    return;
  }
  cache.lengths = pass.spans.slots.held;
  cache.length = *std::max_element(cache.lengths.begin(), cache.lengths.end());
}

}  // namespace lightreasoner::attention
