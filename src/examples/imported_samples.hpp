// SPDX-License-Identifier: Apache-2.0
/// Samples that were not made here: the JSON Lines that the released Python writes.
#pragma once

#include "examples/example.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace lightreasoner::examples {

/// What a file of samples is read with.
struct ImportRules {
  ExampleRules examples;
  /// By what a sample may call a problem: its id, or the question itself.
  const std::map<std::string, std::string>& questions;
  std::int64_t head_width = 0;     ///< ids must be below
  std::int64_t max_positions = 0;  ///< longest prefix, prompt included
  std::filesystem::path file;      ///< named in errors
};

struct ImportedSamples {
  ExampleSet set;
  std::uint64_t num_unknown = 0;  ///< samples about a question that no problem has
};

/// One example a line (support::split_json_lines) with "prompt_id", "prefix", "token_ids" and
/// "weights"; other fields are ignored. Prompt and prefix are tokenised as one text.
///
/// "prompt_id" is what the sampled problem had as "id". The released Python makes its problem sets
/// with the question as "id" and asks prompt_id as the question when it tunes; export writes our
/// problems' ids. So a prompt_id that `questions` does not know is a question, unless another
/// line's is the id of a problem: then it is an error.
///
/// Throws UserError naming file, line and field for what is missing, of another type or out of
/// range, for weights that do not sum to 1 within 1e-3, and for more than max_positions tokens.
[[nodiscard]] ImportedSamples parse_samples(std::string_view bytes, const ImportRules& rules);

}  // namespace lightreasoner::examples
