// SPDX-License-Identifier: Apache-2.0
/// The adapter's settings; defaults are the paper's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lightreasoner::lora {

struct Config {
  std::filesystem::path start_from = {};  ///< PEFT folder of the first adapter; empty: a fresh one
  std::int64_t rank = 8;
  double lora_alpha = 16.0;
  double dropout = 0.05;
  std::vector<std::string> target_modules{"q_proj", "v_proj"};
};

/// Throws UserError where target_modules is empty, or holds what is no projection, or one twice.
void validate(const Config& config);

}  // namespace lightreasoner::lora
