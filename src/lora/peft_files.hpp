// SPDX-License-Identifier: Apache-2.0
/// Adapters as Hugging Face PEFT writes and reads them.
#pragma once

#include "lora/adapter.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace lightreasoner::lora {

/// The two files of a PEFT folder, by name: adapter_config.json, adapter_model.safetensors.
/// `base_model` becomes base_model_name_or_path. Equal adapters give equal bytes.
[[nodiscard]] std::map<std::string, std::string> peft_files(const LoraAdapter& adapter,
                                                            const std::string& base_model);

/// Reads a PEFT LoRA folder for `decoder`. Throws UserError naming file and key for what does not
/// fit the model or is not plain LoRA.
[[nodiscard]] LoraAdapter read_peft(const std::filesystem::path& folder,
                                    const model::Decoder& decoder);

}  // namespace lightreasoner::lora
