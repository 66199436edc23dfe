// SPDX-License-Identifier: Apache-2.0
#include "lora/memory.hpp"

#include "lora/adapter.hpp"
#include "lora/merge.hpp"
#include "model/build_decoder.hpp"
#include "model/tensor_places.hpp"

#include <algorithm>

namespace lightreasoner::lora {
namespace {

/// Tensors whose files have another type are converted a shard at a time, and so are those copied
/// that lie on a device.
std::uint64_t converted_bytes(const model::Decoder& decoder, at::ScalarType held,
                              planning::ComputesOn computes_on) {
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : model::named_tensors(decoder)) {
    const at::ScalarType stored = decoder.stored_dtypes.at(name);
    if (stored != held || computes_on == planning::ComputesOn::device) {
      bytes += static_cast<std::uint64_t>(tensor.numel()) * c10::elementSize(stored);
    }
  }
  return std::min(bytes, largest_shard_bytes);
}

}  // namespace

std::int64_t count_parameters(const model::Decoder& decoder, const Config& config) {
  std::int64_t count = 0;
  for (const ModuleShape& module : module_shapes(decoder, config)) {
    count += config.rank * (module.in + module.out);
  }
  return count;
}

planning::MemoryLine adapter_line(const model::Decoder& decoder, const Config& config) {
  return {"adapter", parameter_bytes(count_parameters(decoder, config)), "lora.rank"};
}

planning::MemoryLines plan_merge(const model::Decoder& decoder, const model::ModelSize& model,
                                 const Config& config, std::int64_t longest_prompt) {
  // What memory holds rounded is read again in fp32.
  const bool is_exact = model::holds_files_exactly(decoder);
  const at::ScalarType held = is_exact ? decoder.embedding.scalar_type() : at::kFloat;
  std::uint64_t elements = 0;
  for (const auto& [name, tensor] : model::named_tensors(decoder)) {
    elements += static_cast<std::uint64_t>(tensor.numel());
  }
  std::uint64_t merged = 0;
  std::uint64_t largest = 0;
  for (const ModuleShape& module : module_shapes(decoder, config)) {
    const auto size = static_cast<std::uint64_t>(module.in * module.out);
    merged += size * c10::elementSize(held);
    largest = std::max(largest, size * merging_bytes_of_element);
  }
  const model::BatchSize prompt{1, longest_prompt, 0};
  return {
      {"weights read again", is_exact ? 0 : elements * sizeof(float), "models.dtype",
       planning::Memory::both},
      adapter_line(decoder, config),
      {"merged projections", merged + largest, "lora.target_modules"},
      {"probe's activations", model::pass_bytes(model, prompt), "evaluation.file"},
      {"probe's logits", gap_bytes(model), "models.expert"},
      {"tensors in their files' types", converted_bytes(decoder, held, model.computes_on),
       "models.dtype", planning::Memory::host},
      model::blas_line(model.computes_on),
  };
}

}  // namespace lightreasoner::lora
