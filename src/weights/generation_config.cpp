// SPDX-License-Identifier: Apache-2.0
#include "weights/generation_config.hpp"

#include "support/json.hpp"

#include <fmt/format.h>
#include <optional>
#include <string_view>

namespace lightreasoner::weights {
namespace {

using nlohmann::json;

/// A key that changes logits or the search, but for a value that asks for nothing and, where there
/// is one, a number that does not either. Temperature, top_k and top_p act on sampling alone.
struct ProcessorKey {
  std::string_view name;
  std::optional<double> neutral = {};  ///< none for ids: 0 is a token
};

constexpr ProcessorKey others[] = {
    {"do_sample"},
    {"num_beams", 1},
    {"num_beam_groups", 1},
    {"penalty_alpha", 0},
    {"guidance_scale", 1},
    {"encoder_repetition_penalty", 1},
    {"no_repeat_ngram_size", 0},
    {"encoder_no_repeat_ngram_size", 0},
    {"bad_words_ids"},
    {"min_length", 0},
    {"min_new_tokens", 0},
    {"forced_bos_token_id"},
    {"forced_eos_token_id"},
    {"remove_invalid_values"},
    {"exponential_decay_length_penalty"},
    {"suppress_tokens"},
    {"begin_suppress_tokens"},
    {"sequence_bias"},
    {"renormalize_logits"},
    {"stop_strings"},
    {"watermarking_config"},
};

}  // namespace

LogitsProcessors parse_logits_processors(const std::string& generation_config_json,
                                         const std::string& file_name) {
  const support::JsonDocument document = support::parse_json(generation_config_json, {file_name});
  const support::JsonSection config = document.root();
  for (const auto& [key, neutral] : others) {
    const json* value = config.find(std::string(key));
    const bool is_neutral =
        value == nullptr || support::asks_for_nothing(*value) || (neutral && *value == *neutral);
    if (!is_neutral) {
      config.fail(std::string(key),
                  fmt::format("is {}: method.scores = \"processed\" knows greedy decoding with "
                              "repetition_penalty only; set it to null in a copy of the folder, or "
                              "use method.scores = \"raw\"",
                              support::quote(*value)));
    }
  }
  return {config.positive_or("repetition_penalty", LogitsProcessors{}.repetition_penalty)};
}

}  // namespace lightreasoner::weights
