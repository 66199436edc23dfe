// SPDX-License-Identifier: Apache-2.0
/// Samples that were not made here: the JSON Lines that the released Python writes.
#pragma once

#include "finetune/example.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace lightreasoner::finetune {

/// What a file of samples is read with.
struct ImportRules {
  ExampleRules examples;
  const std::map<std::string, std::string>& questions;  ///< by prompt_id
  std::int64_t head_width = 0;                          ///< ids must be below
  std::filesystem::path file;                           ///< named in errors
};

/// One example a line with "prompt_id" (a problem's own id; where no problem has it, the question
/// itself, as the released data has it), "prefix", "token_ids" and "weights"; other fields are
/// ignored. Prompt and prefix are tokenised as one text. Throws UserError naming file, line and
/// field for what is missing, of another type or out of range, and for weights that do not sum to 1
/// within 1e-3.
[[nodiscard]] ExampleSet parse_samples(std::string_view lines, const ImportRules& rules);

}  // namespace lightreasoner::finetune
