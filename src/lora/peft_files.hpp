// SPDX-License-Identifier: Apache-2.0
/// Adapters as Hugging Face PEFT writes and reads them.
#pragma once

#include "lora/adapter.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>

namespace lightreasoner::lora {

inline constexpr const char* adapter_config_file = "adapter_config.json";
inline constexpr const char* adapter_weights_file = "adapter_model.safetensors";

/// The bytes of a PEFT folder's two files, by name.
using PeftFiles = std::map<std::string, std::string>;

/// The adapter as files. `base_model` becomes base_model_name_or_path. Equal adapters give equal
/// bytes.
[[nodiscard]] PeftFiles peft_files(const LoraAdapter& adapter, const std::string& base_model);

/// What tells an adapter's shape: its configuration, and where its weights lie in their file.
struct PeftHead {
  std::string config;              ///< adapter_config.json, whole
  std::string head;                ///< of the weights' file, length and header
  std::uint64_t weight_bytes = 0;  ///< of that file, whole

  static constexpr std::tuple shared{&PeftHead::config, &PeftHead::head, &PeftHead::weight_bytes};
};

/// Reads the head of a PEFT folder, and none of its weights. Throws UserError naming the file that
/// is not there.
[[nodiscard]] PeftHead read_peft_head(const std::filesystem::path& folder);

/// The configuration of the adapter, whose tensors are those of an adapter for `decoder`. Throws
/// UserError as parse_peft.
[[nodiscard]] Config parse_peft_head(const PeftHead& head, const std::filesystem::path& folder,
                                     const model::Decoder& decoder);

/// Reads both files of a PEFT folder. Throws UserError naming the one that is not there.
[[nodiscard]] PeftFiles read_peft_files(const std::filesystem::path& folder);

/// The LoRA adapter for `decoder` that files of `folder` hold. Throws UserError naming file and key
/// for what does not fit the model or is not plain LoRA.
[[nodiscard]] LoraAdapter parse_peft(const PeftFiles& files, const std::filesystem::path& folder,
                                     const model::Decoder& decoder);

/// The two in one, for a single process.
[[nodiscard]] LoraAdapter read_peft(const std::filesystem::path& folder,
                                    const model::Decoder& decoder);

}  // namespace lightreasoner::lora
