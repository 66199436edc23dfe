// SPDX-License-Identifier: Apache-2.0
#include "model/memory.hpp"

#include "model/tensor_places.hpp"

#include <algorithm>

namespace lightreasoner::model {
namespace {

using weights::DecoderConfig;

constexpr std::uint64_t fp32_bytes = 4;

std::uint64_t product(std::int64_t left, std::int64_t right) {
  return static_cast<std::uint64_t>(left) * static_cast<std::uint64_t>(right);
}

std::int64_t last_capacity(const BatchSize& batch) {
  std::int64_t capacity = next_cache_capacity(0, batch.columns);
  while (capacity < batch.columns + batch.more) {
    capacity = next_cache_capacity(capacity, capacity + 1);
  }
  return capacity;
}

}  // namespace

ModelSize size_of(const Decoder& decoder) {
  return {decoder.config, decoder.embedding.scalar_type()};
}

std::uint64_t weight_bytes(const Decoder& decoder) {
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : named_tensors(decoder)) {
    bytes += tensor.nbytes();
  }
  return bytes;
}

std::uint64_t kv_cache_bytes(const ModelSize& model, const BatchSize& batch) {
  const DecoderConfig& config = model.config;
  const std::uint64_t tensor = product(batch.rows, last_capacity(batch)) *
                               product(config.attention.num_kv_heads, config.attention.head_dim) *
                               model.element_bytes();
  return tensor * static_cast<std::uint64_t>(2 * config.shape.num_layers + 1);
}

std::uint64_t shared_pass_bytes(const ModelSize& model, const BatchSize& batch) {
  const DecoderConfig& config = model.config;
  const std::uint64_t tokens = product(batch.rows, batch.columns);
  const std::int64_t group = config.attention.group();
  const std::uint64_t scores = tokens * static_cast<std::uint64_t>(batch.columns + batch.more);
  const std::uint64_t rotary =
      2 * tokens * static_cast<std::uint64_t>(config.attention.head_dim) * model.element_bytes();
  return rotary + scores * static_cast<std::uint64_t>(group) * model.element_bytes();
}

std::uint64_t pass_bytes(const ModelSize& model, const BatchSize& batch) {
  const DecoderConfig& config = model.config;
  const std::uint64_t tokens = product(batch.rows, batch.columns);
  const std::uint64_t element = model.element_bytes();
  const auto hidden = static_cast<std::uint64_t>(config.shape.hidden_size);
  const auto query = product(config.attention.num_heads, config.attention.head_dim);
  const auto key = product(config.attention.num_kv_heads, config.attention.head_dim);
  // Beside the hidden states and their normed form, which live through both halves of a layer.
  const std::uint64_t attention = 4 * query + 2 * key + hidden;
  const std::uint64_t feed_forward =
      4 * static_cast<std::uint64_t>(config.shape.intermediate_size) + 2 * hidden;
  const std::uint64_t layer = tokens * element * (2 * hidden + std::max(attention, feed_forward));
  // Norms are computed in fp32 whatever the model's type.
  const std::uint64_t norm = tokens * hidden * (2 * element + 3 * fp32_bytes);
  // The mask is made in three forms, bool, by column and by query head, of which one is kept.
  const std::uint64_t mask_forms =
      tokens * static_cast<std::uint64_t>(batch.columns + batch.more) * (1 + element);
  return shared_pass_bytes(model, batch) + std::max({layer, norm, mask_forms});
}

std::uint64_t logit_bytes(const ModelSize& model, std::int64_t rows) {
  return product(rows, model.config.shape.vocabulary) * fp32_bytes;
}

std::uint64_t unfinished_logit_bytes(const ModelSize& model, std::int64_t rows) {
  return model.dtype == at::kFloat
             ? 0
             : product(rows, model.config.shape.vocabulary) * (model.element_bytes() + fp32_bytes);
}

std::uint64_t next_logit_bytes(const ModelSize& model, std::int64_t rows, bool penalised) {
  const std::uint64_t forms = (penalised ? 4 : 1) * fp32_bytes;
  const std::uint64_t seen = penalised ? 2 : 0;  // one flag an id, and where logits are negative
  return product(rows, model.config.shape.vocabulary) * (forms + seen) +
         unfinished_logit_bytes(model, rows);
}

}  // namespace lightreasoner::model
