// SPDX-License-Identifier: Apache-2.0
#include "attention/by_lengths.hpp"

#include "device/transfer.hpp"

#include <ATen/ATen.h>
#include <ATen/ops/_efficient_attention_forward.h>
#include <ATen/ops/_flash_attention_forward.h>
#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

namespace lightreasoner::attention {
namespace {

using device::AttentionCall;

at::Tensor int32_on(at::Device device, const std::vector<std::int64_t>& values) {
  return device::to_device(at::tensor(values, at::kInt), device);
}

/// 0, a, a + b, ...
std::vector<std::int64_t> starts_of(const std::vector<std::int64_t>& lengths) {
  std::vector<std::int64_t> starts(lengths.size() + 1, 0);
  std::partial_sum(lengths.begin(), lengths.end(), starts.begin() + 1);
  return starts;
}

/// Segments over a cache: a row's keys are the first of its places, so many as are held.
Segments segments_of(const CacheSlots& slots, const std::vector<std::int64_t>& query_lengths,
                     bool take_key_lengths, at::Device device) {
  const std::vector<std::int64_t> query_starts = starts_of(query_lengths);
  const auto first_key = [&](std::size_t row) {
    return static_cast<std::int64_t>(row) * slots.capacity;
  };
  std::vector<std::int64_t> queries{0};
  std::vector<std::int64_t> keys{0};
  for (std::size_t row = 0; row < slots.held.size(); ++row) {
    if (row > 0 && !take_key_lengths) {
      // Nobody asks about what the row before leaves free.
      queries.push_back(query_starts[row]);
      keys.push_back(first_key(row));
    }
    queries.push_back(query_starts[row + 1]);
    keys.push_back(take_key_lengths ? first_key(row + 1) : first_key(row) + slots.held[row]);
  }
  Segments segments{.query_starts = int32_on(device, queries),
                    .key_starts = int32_on(device, keys),
                    .key_lengths = {}};
  if (take_key_lengths) segments.key_lengths = int32_on(device, slots.held);
  segments.max_query = *std::max_element(query_lengths.begin(), query_lengths.end());
  // A bound that a library may choose by must not move with every step.
  segments.max_key = slots.capacity;
  return segments;
}

/// Puts `fresh` [rows] tokens behind those that the rows of `cache` hold.
CacheSlots slots_for(const std::vector<std::int64_t>& fresh, const KvCache& cache,
                     at::Device device) {
  CacheSlots slots;
  slots.held = cache.lengths.empty() ? std::vector<std::int64_t>(fresh.size(), 0) : cache.lengths;
  std::int64_t longest = 0;
  for (std::size_t row = 0; row < fresh.size(); ++row) {
    longest = std::max(longest, slots.held[row] + fresh[row]);
  }
  const bool is_empty = cache.keys.empty() || !cache.keys.front().defined();
  slots.capacity = next_cache_capacity(is_empty ? 0 : cache.keys.front().size(1), longest);
  std::vector<std::int64_t> places;
  for (std::size_t row = 0; row < fresh.size(); ++row) {
    for (std::int64_t i = 0; i < fresh[row]; ++i) {
      places.push_back(static_cast<std::int64_t>(row) * slots.capacity + slots.held[row]++);
    }
  }
  slots.places = device::ids_to_device(places, device);
  return slots;
}

/// As the calls take it.
std::optional<at::Tensor> lengths_of_keys(const Segments& segments) {
  return segments.key_lengths.defined() ? std::optional(segments.key_lengths) : std::nullopt;
}

at::Tensor run_flash(const Segments& segments, const at::Tensor& query, const at::Tensor& key,
                     const at::Tensor& value, bool is_causal) {
  return std::get<0>(at::_flash_attention_forward(
      query, key, value, segments.query_starts, segments.key_starts, segments.max_query,
      segments.max_key,
      /*dropout_p=*/0.0, is_causal, /*return_debug_mask=*/false, /*scale=*/std::nullopt,
      /*window_size_left=*/std::nullopt, /*window_size_right=*/std::nullopt,
      lengths_of_keys(segments)));
}

/// Takes as many query heads as key heads.
at::Tensor run_efficient(const Segments& segments, const at::Tensor& query, const at::Tensor& key,
                         const at::Tensor& value, bool is_causal) {
  constexpr std::int64_t sees_all = 0;
  constexpr std::int64_t causal_from_bottom_right = 2;
  return std::get<0>(at::_efficient_attention_forward(
                         query.unsqueeze(0), key.unsqueeze(0), value.unsqueeze(0),
                         /*bias=*/std::nullopt, segments.query_starts, segments.key_starts,
                         segments.max_query, segments.max_key, /*dropout_p=*/0.0,
                         is_causal ? causal_from_bottom_right : sees_all,
                         /*compute_log_sumexp=*/query.requires_grad(), /*scale=*/std::nullopt,
                         lengths_of_keys(segments)))
      .squeeze(0);
}

}  // namespace

RowSpans make_spans(const weights::AttentionShape& shape, NewTokens tokens, const KvCache* cache,
                    const device::AttentionCalls& calls, at::Device device) {
  RowSpans spans;
  spans.calls = calls;
  spans.group = shape.group();
  spans.tokens = std::move(tokens);
  const std::vector<std::int64_t>& fresh = spans.tokens.lengths;
  if (cache == nullptr) {
    Segments& segments = spans.segments;
    segments.query_starts = segments.key_starts = int32_on(device, starts_of(fresh));
    segments.max_query = segments.max_key = *std::max_element(fresh.begin(), fresh.end());
    return spans;
  }
  spans.slots = slots_for(fresh, *cache, device);
  spans.is_step = std::all_of(fresh.begin(), fresh.end(), [](auto length) { return length == 1; });
  spans.segments = segments_of(
      spans.slots, spans.is_step ? std::vector<std::int64_t>(fresh.size(), spans.group) : fresh,
      calls.take_key_lengths, device);
  return spans;
}

at::Tensor with_past_by_lengths(const CacheSlots& slots, const at::Tensor& fresh,
                                at::Tensor* cached) {
  if (cached == nullptr) return fresh;
  const std::int64_t rows = std::ssize(slots.held);
  const std::int64_t before = cached->defined() ? cached->size(1) : 0;
  if (before < slots.capacity) {
    at::Tensor larger =
        at::zeros({rows, slots.capacity, fresh.size(1), fresh.size(2)}, fresh.options());
    if (before > 0) larger.narrow(1, 0, before).copy_(*cached);
    *cached = larger;
  }
  at::Tensor places = cached->flatten(0, 1);
  places.index_copy_(0, slots.places, fresh);
  return places;
}

at::Tensor attend_by_lengths(const RowSpans& spans, const at::Tensor& query, const at::Tensor& key,
                             const at::Tensor& value) {
  const std::int64_t tokens = query.size(0);
  const std::int64_t kv_heads = key.size(1);
  const std::int64_t head_dim = query.size(2);
  const bool is_flash = spans.calls.fastest == AttentionCall::flash;
  const at::Tensor grouped = query.view({tokens, kv_heads, spans.group, head_dim});
  if (spans.is_step) {
    const at::Tensor rows =
        grouped.transpose(1, 2).reshape({tokens * spans.group, kv_heads, head_dim});
    const at::Tensor mixed = is_flash ? run_flash(spans.segments, rows, key, value, false)
                                      : run_efficient(spans.segments, rows, key, value, false);
    return mixed.view({tokens, spans.group, kv_heads, head_dim}).transpose(1, 2).flatten(1);
  }
  if (is_flash) return run_flash(spans.segments, query, key, value, true).flatten(1);
  // One query head of each group at a time: keys need no copy for every head.
  std::vector<at::Tensor> mixed;
  for (const at::Tensor& member : grouped.unbind(2)) {
    mixed.push_back(run_efficient(spans.segments, member, key, value, true));
  }
  return at::stack(mixed, 2).flatten(1);
}

}  // namespace lightreasoner::attention
