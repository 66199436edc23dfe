// SPDX-License-Identifier: Apache-2.0
/// Adapters from the file system to all ranks: read once per job.
#pragma once

#include "lora/adapter.hpp"
#include "model/decoder.hpp"
#include "parallel/communicator.hpp"

#include <filesystem>
#include <string>

namespace lightreasoner::loading {

struct LoadedAdapter {
  lora::LoraAdapter adapter;
  std::string weights_sha256;  ///< of adapter_model.safetensors
};

/// The configuration of a PEFT folder whose adapter fits `decoder`: rank 0 reads the small file and
/// the head of the other, and no weights. Throws UserError, agreed, as lora::parse_peft_head.
/// Collective.
[[nodiscard]] lora::Config survey_adapter(const parallel::Communicator& world,
                                          const std::filesystem::path& folder,
                                          const model::Decoder& decoder);

/// The adapter of a PEFT folder for `decoder`: rank 0 reads both files and sends their bytes, from
/// which every rank makes tensors and hash. Throws UserError, agreed, as lora::read_peft.
/// Collective.
[[nodiscard]] LoadedAdapter load_adapter(const parallel::Communicator& world,
                                         const std::filesystem::path& folder,
                                         const model::Decoder& decoder);

}  // namespace lightreasoner::loading
