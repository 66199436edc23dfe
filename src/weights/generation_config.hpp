// SPDX-License-Identifier: Apache-2.0
/// What generation_config.json makes of logits, where it is asked (method.scores = "processed").
#pragma once

#include <string>

namespace lightreasoner::weights {

/// The logits processors that apply to greedy decoding and are implemented.
struct LogitsProcessors {
  double repetition_penalty = 1.0;
};

/// Parses generation_config.json as transformers' generate() reads it. Throws UserError naming
/// `file_name` and the key for sampling (do_sample) and for every other processor that is on.
[[nodiscard]] LogitsProcessors parse_logits_processors(const std::string& generation_config_json,
                                                       const std::string& file_name);

}  // namespace lightreasoner::weights
