// SPDX-License-Identifier: Apache-2.0
#include "weights/generation_config.hpp"

#include "support/json.hpp"

#include <array>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace lightreasoner::weights {
namespace {

using nlohmann::json;

/// Keys that change logits or the search, and the value with which they change nothing beside those
/// that are off (support::is_off). Temperature, top_k and top_p act on sampling alone.
constexpr std::array<std::pair<std::string_view, double>, 19> others{{
    {"do_sample", 0},
    {"num_beams", 1},
    {"num_beam_groups", 1},
    {"penalty_alpha", 0},
    {"guidance_scale", 1},
    {"encoder_repetition_penalty", 1},
    {"no_repeat_ngram_size", 0},
    {"encoder_no_repeat_ngram_size", 0},
    {"bad_words_ids", 0},
    {"min_length", 0},
    {"min_new_tokens", 0},
    {"forced_bos_token_id", 0},
    {"forced_eos_token_id", 0},
    {"remove_invalid_values", 0},
    {"exponential_decay_length_penalty", 0},
    {"suppress_tokens", 0},
    {"begin_suppress_tokens", 0},
    {"sequence_bias", 0},
    {"renormalize_logits", 0},
}};

}  // namespace

LogitsProcessors parse_logits_processors(const std::string& generation_config_json,
                                         const std::string& file_name) {
  const support::JsonDocument document = support::parse_json(generation_config_json, {file_name});
  const support::JsonSection config = document.root();
  for (const auto& [key, neutral] : others) {
    const json* value = config.find(std::string(key));
    if (value != nullptr && !support::is_off(*value) && *value != neutral) {
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
