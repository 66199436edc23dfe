// SPDX-License-Identifier: Apache-2.0
#include "finetune/memory.hpp"

#include "finetune/checkpoint.hpp"
#include "parallel/exact_sum.hpp"
#include "weights/tensor_list.hpp"

#include <algorithm>
#include <string>

namespace lightreasoner::finetune {
namespace {

constexpr std::uint64_t fp32_bytes = 4;

/// What one token leaves of a layer for the backward pass. Frozen weights need no inputs kept, so
/// that these are: hidden states twice, what attention and the gate multiply, and what the adapter
/// has read.
std::uint64_t kept_of_token(const TuningSize& size) {
  const weights::DecoderConfig& config = size.model.config;
  const std::uint64_t element = size.model.element_bytes();
  const bool is_wide = size.model.dtype == at::kFloat;
  const std::int64_t query = config.attention.query_features();
  const std::int64_t key = config.attention.key_features();
  const std::int64_t head_norms = config.family.qk_norm ? query + key : 0;
  auto bytes = static_cast<std::uint64_t>(2 * config.shape.hidden_size + 2 * query + 2 * key +
                                          head_norms + 3 * config.shape.intermediate_size) *
               element;
  bytes +=
      static_cast<std::uint64_t>(config.attention.num_heads) * fp32_bytes;  // sums of attention
  // Norms and the adapter compute in fp32, of which narrower models keep copies.
  std::int64_t in_fp32 = is_wide ? 0 : 2 * config.shape.hidden_size + head_norms;
  for (const weights::Projection projection : size.lora.target_modules) {
    const std::int64_t forms = (size.lora.dropout > 0 ? 2 : 1) + (is_wide ? 0 : 1);
    in_fp32 += forms * weights::projection_shape(config, projection)[1] + 2 * size.lora.rank;
  }
  return bytes + static_cast<std::uint64_t>(in_fp32) * fp32_bytes;
}

std::uint64_t activation_bytes(const Config& config, const TuningSize& size) {
  const weights::DecoderShape& shape = size.model.config.shape;
  const model::BatchSize batch{static_cast<std::int64_t>(config.micro_batch), size.longest_prefix,
                               0};
  const auto tokens = static_cast<std::uint64_t>(batch.rows * batch.columns);
  const auto layers = static_cast<std::uint64_t>(shape.num_layers);
  // Gradients on their way through one layer.
  const std::uint64_t passing =
      tokens * size.model.element_bytes() *
      static_cast<std::uint64_t>(2 * shape.intermediate_size + 4 * shape.hidden_size);
  const std::uint64_t layer = tokens * kept_of_token(size);
  const std::uint64_t starts = tokens * static_cast<std::uint64_t>(shape.hidden_size) *
                               size.model.element_bytes() * (layers + 1);
  return model::shared_pass_bytes(size.model, batch) + passing +
         (config.activation_checkpointing ? starts + layer : layers * layer);
}

/// The chosen positions' logits, their log softmax and the gradients of both.
std::uint64_t head_bytes(const Config& config, const TuningSize& size) {
  const auto rows = static_cast<std::int64_t>(config.micro_batch);
  const std::uint64_t narrow = size.model.dtype == at::kFloat ? 0 : size.model.element_bytes();
  return 4 * model::logit_bytes(size.model, rows) +
         2 * static_cast<std::uint64_t>(rows * size.model.config.shape.vocabulary) * narrow;
}

}  // namespace

planning::MemoryLines plan_memory(const Config& config, const TuningSize& size) {
  const auto parameters = static_cast<std::uint64_t>(size.num_parameters);
  const char* const batch = "finetune.micro_batch";
  return {
      {"activations", activation_bytes(config, size),
       config.activation_checkpointing
           ? batch
           : "finetune.micro_batch, or set finetune.activation_checkpointing = true"},
      {"head and loss", head_bytes(config, size), batch},
      // Values and their gradient in the model, and the state.
      {"adapter and optimizer", parameters * 2 * fp32_bytes + state_bytes(parameters), "lora.rank"},
      // Of each micro-batch until all are added.
      {"gradients of an update",
       parameters * config.gradient_accumulation * fp32_bytes +
           parallel::exact_sum_bytes(parameters),
       "finetune.gradient_accumulation"},
      {"checkpoint being written", state_bytes(parameters), "lora.rank"},
      {model::blas_name, model::blas_bytes, "models.dtype"},
  };
}

}  // namespace lightreasoner::finetune
