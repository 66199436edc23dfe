// SPDX-License-Identifier: Apache-2.0
#include "weights/generation_config.hpp"

#include "support/errors.hpp"

#include <array>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace lightreasoner::weights {
namespace {

using nlohmann::json;

/// Keys that change logits or the search, and the value with which they change nothing beside null,
/// false, 0 and an empty list. Temperature, top_k and top_p act on sampling alone.
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

bool changes_nothing(const json& value, double neutral) {
  return value.is_null() || value == false || value == 0 || value == neutral ||
         (value.is_structured() && value.empty());
}

}  // namespace

LogitsProcessors parse_logits_processors(const std::string& generation_config_json,
                                         const std::string& file_name) {
  const json parsed = json::parse(generation_config_json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    throw support::UserError(file_name +
                             ": is not a JSON object; the file may be damaged or incomplete");
  }
  for (const auto& [key, neutral] : others) {
    const auto found = parsed.find(key);
    if (found != parsed.end() && !changes_nothing(*found, neutral)) {
      throw support::UserError(fmt::format(
          "{}: key \"{}\" is {}: method.scores = \"processed\" knows greedy decoding with "
          "repetition_penalty only; set it to null in a copy of the folder, or use "
          "method.scores = \"raw\"",
          file_name, key, found->dump()));
    }
  }
  LogitsProcessors processors;
  const auto penalty = parsed.find("repetition_penalty");
  if (penalty != parsed.end() && !penalty->is_null()) {
    if (!penalty->is_number() || !(penalty->get<double>() > 0) ||
        !std::isfinite(penalty->get<double>())) {
      throw support::UserError(
          fmt::format("{}: key \"repetition_penalty\" is {}, expected a number above 0", file_name,
                      penalty->dump()));
    }
    processors.repetition_penalty = penalty->get<double>();
  }
  return processors;
}

}  // namespace lightreasoner::weights
