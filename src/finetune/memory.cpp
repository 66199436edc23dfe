// SPDX-License-Identifier: Apache-2.0
#include "finetune/memory.hpp"

#include "finetune/checkpoint.hpp"
#include "finetune/loss.hpp"
#include "finetune/optimizer.hpp"
#include "lora/memory.hpp"
#include "parallel/exact_sum.hpp"

namespace lightreasoner::finetune {
namespace {

std::uint64_t activation_bytes(const Config& config, const TuningSize& size) {
  const weights::DecoderShape& shape = size.model.config.shape;
  const model::BatchSize batch{static_cast<std::int64_t>(config.micro_batch), size.longest_prefix,
                               0};
  const std::uint64_t tokens = model::num_elements(batch.rows, batch.length);
  const auto layers = static_cast<std::uint64_t>(shape.num_layers);
  const std::uint64_t layer = tokens * (model::kept_bytes_of_token(size.model) +
                                        lora::kept_bytes_of_token(size.model, size.lora));
  return model::shared_pass_bytes(size.model, batch) +
         tokens * model::gradient_bytes_of_token(size.model) +
         (config.activation_checkpointing ? tokens * recomputing_bytes_of_token(size.model) + layer
                                          : layers * layer);
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
      {"head and loss", loss_bytes(size.model, static_cast<std::int64_t>(config.micro_batch)),
       batch},
      // Values and their gradient in the model, the state, and its update.
      {"adapter and optimizer",
       2 * lora::parameter_bytes(size.num_parameters) + state_bytes(parameters) +
           update_bytes(parameters),
       "lora.rank"},
      // Of each micro-batch until all are added.
      {"gradients of an update",
       config.gradient_accumulation * gradient_bytes(parameters) +
           parallel::exact_sum_bytes(parameters),
       "finetune.gradient_accumulation", planning::Memory::host},
      // The state, and the bytes of its file.
      {"checkpoint being written", 2 * state_bytes(parameters), "lora.rank",
       planning::Memory::host},
      model::blas_line(size.model.computes_on),
  };
}

}  // namespace lightreasoner::finetune
