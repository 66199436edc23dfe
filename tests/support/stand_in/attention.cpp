// SPDX-License-Identifier: Apache-2.0
/// LibTorch's calls for attention by lengths, which only GPUs have, as plain sums on the stand-in
/// device. They ask of their operands what CUDA's do.
#include "support/stand_in/kernel.hpp"

#include <ATen/ATen.h>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <torch/library.h>
#include <utility>
#include <vector>

namespace lightreasoner::stand_in {
namespace {

using OptionalTensor = std::optional<at::Tensor>;

struct Segment {
  std::int64_t first_query, queries, first_key, keys;
};

std::vector<Segment> segments_of(const OptionalTensor& query_starts,
                                 const OptionalTensor& key_starts,
                                 const OptionalTensor& key_lengths) {
  TORCH_CHECK(query_starts && key_starts && query_starts->scalar_type() == at::kInt &&
                  key_starts->scalar_type() == at::kInt &&
                  query_starts->numel() == key_starts->numel(),
              "stand-in device: attention by lengths takes int32 starts");
  const at::Tensor queries = seen_by_kernels(*query_starts);
  const at::Tensor keys = seen_by_kernels(*key_starts);
  const auto* const query = queries.const_data_ptr<std::int32_t>();
  const auto* const key = keys.const_data_ptr<std::int32_t>();
  std::vector<Segment> segments;
  for (std::int64_t i = 0; i + 1 < queries.numel(); ++i) {
    std::int64_t length = key[i + 1] - key[i];
    if (key_lengths) length = seen_by_kernels(*key_lengths)[i].item<std::int32_t>();
    segments.push_back({query[i], query[i + 1] - query[i], key[i], length});
  }
  return segments;
}

/// [heads, rows, head_dim] of so many rows of `packed` [rows, heads, head_dim], in fp32.
at::Tensor heads_of(const at::Tensor& packed, std::int64_t first, std::int64_t count) {
  return packed.narrow(0, first, count).transpose(0, 1).to(at::kFloat);
}

/// What a segment's softmax gives, [heads, queries, keys]; causal from the bottom right.
at::Tensor shares_of(const at::Tensor& query, const at::Tensor& key, bool is_causal, double scale) {
  at::Tensor scores = at::matmul(query, key.transpose(1, 2)) * scale;
  if (is_causal) {
    const std::int64_t later = key.size(1) - query.size(1) + 1;
    const at::Tensor hidden = at::ones({query.size(1), key.size(1)}, at::kBool).triu(later);
    scores = scores.masked_fill(hidden, -std::numeric_limits<float>::infinity());
  }
  return at::softmax(scores, -1);
}

struct Operands {
  at::Tensor query, key, value;  // [rows, heads, head_dim], as kernels see them
  std::vector<Segment> segments;
  bool is_causal;
  double scale;

  [[nodiscard]] std::int64_t group() const { return query.size(1) / key.size(1); }
};

Operands operands(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                  std::vector<Segment> segments, bool is_causal) {
  return {seen_by_kernels(query),
          seen_by_kernels(key),
          seen_by_kernels(value),
          std::move(segments),
          is_causal,
          1 / std::sqrt(static_cast<double>(query.size(-1)))};
}

at::Tensor attend(const Operands& all) {
  at::Tensor output = at::zeros_like(all.query);
  for (const Segment& one : all.segments) {
    if (one.queries == 0) continue;
    const at::Tensor key =
        heads_of(all.key, one.first_key, one.keys).repeat_interleave(all.group(), 0);
    const at::Tensor value =
        heads_of(all.value, one.first_key, one.keys).repeat_interleave(all.group(), 0);
    const at::Tensor shares =
        shares_of(heads_of(all.query, one.first_query, one.queries), key, all.is_causal, all.scale);
    output.narrow(0, one.first_query, one.queries).copy_(at::matmul(shares, value).transpose(0, 1));
  }
  return output;
}

/// Gradients of query, key and value.
std::array<at::Tensor, 3> attend_backward(const Operands& all, const at::Tensor& gradient) {
  std::array<at::Tensor, 3> result{at::zeros_like(all.query), at::zeros_like(all.key),
                                   at::zeros_like(all.value)};
  const auto sum_of_group = [&](const at::Tensor& heads) {
    return heads.unflatten(0, {-1, all.group()}).sum(1).transpose(0, 1);
  };
  for (const Segment& one : all.segments) {
    if (one.queries == 0) continue;
    const at::Tensor query = heads_of(all.query, one.first_query, one.queries);
    const at::Tensor key =
        heads_of(all.key, one.first_key, one.keys).repeat_interleave(all.group(), 0);
    const at::Tensor value =
        heads_of(all.value, one.first_key, one.keys).repeat_interleave(all.group(), 0);
    const at::Tensor above = heads_of(gradient, one.first_query, one.queries);
    const at::Tensor shares = shares_of(query, key, all.is_causal, all.scale);
    const at::Tensor of_shares = at::matmul(above, value.transpose(1, 2));
    const at::Tensor of_scores =
        shares * (of_shares - (of_shares * shares).sum(-1, true)) * all.scale;
    result[0]
        .narrow(0, one.first_query, one.queries)
        .copy_(at::matmul(of_scores, key).transpose(0, 1));
    result[1]
        .narrow(0, one.first_key, one.keys)
        .copy_(sum_of_group(at::matmul(of_scores.transpose(1, 2), query)));
    result[2]
        .narrow(0, one.first_key, one.keys)
        .copy_(sum_of_group(at::matmul(shares.transpose(1, 2), above)));
  }
  return result;
}

at::Tensor nothing() { return at::empty({0}, at::TensorOptions(at::kLong).device(device())); }

at::Tensor on_device(const at::Tensor& tensor) { return tensor.to(device()); }

using torch::jit::Stack;

/// The arguments of a call, in the order of its schema.
std::vector<c10::IValue> take_arguments(const c10::OperatorHandle& operation, Stack* stack) {
  return torch::jit::pop(*stack, operation.schema().arguments().size());
}

void require_half(const at::Tensor& query) {
  TORCH_CHECK(query.scalar_type() == at::kBFloat16 || query.scalar_type() == at::kHalf,
              "stand-in device: FlashAttention only supports fp16 and bf16");
}

void flash_forward(const c10::OperatorHandle& operation, Stack* stack) {
  enum { query, key, value, query_starts, key_starts, is_causal = 8, key_lengths = 13 };
  const auto given = take_arguments(operation, stack);
  require_half(given[query].toTensor());
  const WithinKernel within;
  const Operands all =
      operands(given[query].toTensor(), given[key].toTensor(), given[value].toTensor(),
               segments_of(given[query_starts].toOptional<at::Tensor>(),
                           given[key_starts].toOptional<at::Tensor>(),
                           given[key_lengths].toOptional<at::Tensor>()),
               given[is_causal].toBool());
  torch::jit::push(*stack, on_device(attend(all)), nothing(), nothing(), nothing(), nothing());
}

void flash_backward(const c10::OperatorHandle& operation, Stack* stack) {
  enum { gradient, query, key, value, query_starts = 6, key_starts, is_causal = 11 };
  const auto given = take_arguments(operation, stack);
  const WithinKernel within;
  const Operands all =
      operands(given[query].toTensor(), given[key].toTensor(), given[value].toTensor(),
               segments_of(given[query_starts].toTensor(), given[key_starts].toTensor(), {}),
               given[is_causal].toBool());
  const auto [of_query, of_key, of_value] =
      attend_backward(all, seen_by_kernels(given[gradient].toTensor()));
  torch::jit::push(*stack, on_device(of_query), on_device(of_key), on_device(of_value));
}

/// custom_mask_type as CUTLASS numbers it.
bool is_causal_type(std::int64_t type) {
  TORCH_CHECK(type == 0 || type == 2, "stand-in device: no mask, or causal from the bottom right");
  return type == 2;
}

void efficient_forward(const c10::OperatorHandle& operation, Stack* stack) {
  enum {
    query,
    key,
    value,
    query_starts = 4,
    key_starts,
    max_query,
    max_key,
    mask_type = 9,
    key_lengths = 12
  };
  const auto given = take_arguments(operation, stack);
  TORCH_CHECK(given[query].toTensor().size(0) == 1 &&
                  given[query].toTensor().size(2) == given[key].toTensor().size(2),
              "stand-in device: one batch of as many query heads as key heads");
  const WithinKernel within;
  const Operands all =
      operands(given[query].toTensor().squeeze(0), given[key].toTensor().squeeze(0),
               given[value].toTensor().squeeze(0),
               segments_of(given[query_starts].toOptional<at::Tensor>(),
                           given[key_starts].toOptional<at::Tensor>(),
                           given[key_lengths].toOptional<at::Tensor>()),
               is_causal_type(given[mask_type].toInt()));
  torch::jit::push(*stack, on_device(attend(all)).unsqueeze(0), nothing(), nothing(), nothing(),
                   given[max_query].toInt(), given[max_key].toInt());
}

void efficient_backward(const c10::OperatorHandle& operation, Stack* stack) {
  enum { gradient, query, key, value, query_starts = 6, key_starts, mask_type = 14 };
  const auto given = take_arguments(operation, stack);
  const WithinKernel within;
  const Operands all =
      operands(given[query].toTensor().squeeze(0), given[key].toTensor().squeeze(0),
               given[value].toTensor().squeeze(0),
               segments_of(given[query_starts].toOptional<at::Tensor>(),
                           given[key_starts].toOptional<at::Tensor>(), {}),
               is_causal_type(given[mask_type].toInt()));
  const auto [of_query, of_key, of_value] =
      attend_backward(all, seen_by_kernels(given[gradient].toTensor().squeeze(0)));
  torch::jit::push(*stack, on_device(of_query).unsqueeze(0), on_device(of_key).unsqueeze(0),
                   on_device(of_value).unsqueeze(0), at::Tensor());
}

template <c10::BoxedKernel::BoxedKernelFunction* function>
torch::CppFunction boxed() {
  return torch::CppFunction::makeFromBoxedFunction<function>();
}

}  // namespace
}  // namespace lightreasoner::stand_in

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  namespace stand_in = lightreasoner::stand_in;
  library.impl("_flash_attention_forward", stand_in::boxed<&stand_in::flash_forward>());
  library.impl("_flash_attention_backward", stand_in::boxed<&stand_in::flash_backward>());
  library.impl("_efficient_attention_forward", stand_in::boxed<&stand_in::efficient_forward>());
  library.impl("_efficient_attention_backward", stand_in::boxed<&stand_in::efficient_backward>());
}
