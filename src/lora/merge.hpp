// SPDX-License-Identifier: Apache-2.0
/// Folding an adapter into its base weights.
#pragma once

#include "lora/adapter.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace lightreasoner::lora {

/// W + (lora_alpha / rank) B A for every adapted projection; all other tensors are shared with
/// `decoder`, whose attached addends are not copied.
[[nodiscard]] model::Decoder merge(const model::Decoder& decoder, const LoraAdapter& adapter);

/// Largest absolute difference of any logit between two decoders over all positions of `prompts`.
[[nodiscard]] double logit_gap(const model::Decoder& left, const model::Decoder& right,
                               const std::vector<std::vector<std::int32_t>>& prompts);

/// Writes a Hugging Face folder: model.safetensors of `merged`, every other file of `base_folder`
/// that is not weights copied. Files appear whole or not at all.
void write_model_folder(const model::Decoder& merged, const std::filesystem::path& base_folder,
                        const std::filesystem::path& folder);

}  // namespace lightreasoner::lora
