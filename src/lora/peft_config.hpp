// SPDX-License-Identifier: Apache-2.0
/// adapter_config.json, as Hugging Face PEFT writes and reads it.
#pragma once

#include "lora/config.hpp"

#include <cstdint>
#include <string>

namespace lightreasoner::lora {

/// The configuration of a plain LoRA adapter for a decoder of so many layers. Which projections
/// have one is what target_modules and exclude_modules mean: names, ends of paths, a pattern, or
/// "all-linear". Throws UserError naming file and key for what is not plain LoRA.
[[nodiscard]] Config parse_peft_config(const std::string& text, const std::string& file_name,
                                       std::int64_t num_layers);

/// The file's text. `base_model` becomes base_model_name_or_path.
[[nodiscard]] std::string format_peft_config(const Config& config, const std::string& base_model);

}  // namespace lightreasoner::lora
