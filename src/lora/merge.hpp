// SPDX-License-Identifier: Apache-2.0
/// Folding an adapter into its base weights.
#pragma once

#include "lora/adapter.hpp"
#include "model/memory.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace lightreasoner::lora {

/// W + (lora_alpha / rank) B A for every adapted projection, added in fp32 and rounded to the type
/// that W's file has; all other tensors are shared with `decoder`, whose attached addends are not
/// copied.
[[nodiscard]] model::Decoder merge(const model::Decoder& decoder, const LoraAdapter& adapter);
/// What merge holds beside the result for each element of the projection at hand: B A, the same
/// scaled, and the sum.
inline constexpr std::uint64_t merging_bytes_of_element = 3 * sizeof(float);

/// Largest absolute difference of any logit between two decoders over all positions of `prompts`.
[[nodiscard]] double logit_gap(const model::Decoder& left, const model::Decoder& right,
                               const std::vector<std::vector<std::int32_t>>& prompts);
/// What logit_gap holds of logits at once: both decoders'.
[[nodiscard]] std::uint64_t gap_bytes(const model::ModelSize& model);

/// Bytes of tensors from which on weights are cut into several files, as transformers 4 does.
inline constexpr std::uint64_t largest_shard_bytes = 5'000'000'000;

/// Writes a Hugging Face folder: the tensors of `merged` in the types their base files have, and
/// weights::carried_over(base_folder). Weights of more than `shard_bytes` become
/// model-00001-of-0000N.safetensors, ... and model.safetensors.index.json. The folder appears whole
/// or not at all, and nothing is left beside it after an error.
void write_model_folder(const model::Decoder& merged, const std::filesystem::path& base_folder,
                        const std::filesystem::path& folder,
                        std::uint64_t shard_bytes = largest_shard_bytes);

}  // namespace lightreasoner::lora
