// SPDX-License-Identifier: Apache-2.0
/// Folding an adapter into its base weights.
#pragma once

#include <filesystem>

#include "lora/adapter.hpp"

namespace lightreasoner::lora {

/// W + (lora_alpha / rank) B A for every adapted projection; all other tensors are shared with
/// `decoder`, whose attached addends are not copied.
[[nodiscard]] model::Decoder merge(const model::Decoder& decoder, const LoraAdapter& adapter);

/// Writes a Hugging Face folder: model.safetensors of `merged`, every other file of `base_folder`
/// that is not weights copied. Files appear whole or not at all.
void write_model_folder(const model::Decoder& merged, const std::filesystem::path& base_folder,
                        const std::filesystem::path& folder);

}  // namespace lightreasoner::lora
