// SPDX-License-Identifier: Apache-2.0
#include "lora/peft_config.hpp"

#include "lora/peft_targets.hpp"
#include "support/json.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string_view>

namespace lightreasoner::lora {
namespace {

using nlohmann::json;
using support::JsonSection;

/// Everything peft 0.21 writes for plain LoRA beside the settings that are ours. A key with another
/// value asks for something this program does not do, except those in `free_keys`.
json plain_lora() {
  return json::parse(R"({
    "alora_invocation_tokens": null, "alpha_pattern": {}, "arrow_config": null,
    "auto_mapping": null, "bias": "none", "corda_config": null, "ensure_weight_tying": false,
    "eva_config": null, "exclude_modules": null, "fan_in_fan_out": false, "inference_mode": true,
    "init_lora_weights": true, "kasa_config": null, "layer_replication": null,
    "layers_pattern": null, "layers_to_transform": null, "loftq_config": {}, "lora_bias": false,
    "lora_ga_config": null, "megatron_config": null, "megatron_core": "megatron.core",
    "modules_to_save": null, "monteclora_config": null, "peft_type": "LORA",
    "peft_version": "0.21.0", "qalora_group_size": 16, "rank_pattern": {}, "revision": null,
    "target_parameters": null, "task_type": "CAUSAL_LM", "trainable_token_indices": null,
    "use_bdlora": null, "use_dora": false, "use_qalora": false, "use_rslora": false,
    "velora_config": null})");
}

/// Keys that do not change what the tensors mean.
constexpr std::array<std::string_view, 16> free_keys{
    "auto_mapping",   "base_model_name_or_path", "eva_config", "exclude_modules", "inference_mode",
    "layers_pattern", "layers_to_transform",     "lora_alpha", "lora_dropout",    "megatron_core",
    "peft_version",   "qalora_group_size",       "r",          "revision",        "target_modules",
    "task_type"};

/// Ways of beginning that leave the base model as it is: tensors mean the same after any.
constexpr std::array<std::string_view, 3> harmless_beginnings{"gaussian", "orthogonal", "eva"};

bool begins_harmlessly(const std::string& key, const json& value) {
  const auto* const word = value.get_ptr<const std::string*>();
  return key == "init_lora_weights" && word != nullptr &&
         std::find(harmless_beginnings.begin(), harmless_beginnings.end(), *word) !=
             harmless_beginnings.end();
}

/// Ranks or alphas by module that are what all modules have.
bool repeats(const JsonSection& file, const std::string& key, const json& value) {
  const bool is_rank = key == "rank_pattern";
  const json* const common = file.find(is_rank ? "r" : "lora_alpha");
  return (is_rank || key == "alpha_pattern") && value.is_object() && common != nullptr &&
         std::all_of(value.begin(), value.end(),
                     [&](const json& of_module) { return of_module == *common; });
}

/// Other versions of peft write other sets of keys; what asks for nothing may stand in any.
void check_plain(const JsonSection& file) {
  const json plain = plain_lora();
  for (const auto& [key, value] : file.object.items()) {
    const bool is_free = std::find(free_keys.begin(), free_keys.end(), key) != free_keys.end();
    const bool is_plain = plain.contains(key) && plain[key] == value;
    if (!is_free && !is_plain && !begins_harmlessly(key, value) && !repeats(file, key, value) &&
        !support::asks_for_nothing(value)) {
      file.fail(
          key, fmt::format("is {}; only plain LoRA adapters are supported", support::quote(value)));
    }
  }
}

/// The number of a key, peft's own where it is not given. Throws UserError where it is not in
/// `range`.
template <typename Number>
Number number_in(const support::Range& range, const JsonSection& file, const char* key,
                 Number otherwise) {
  const auto number = file.get_or<Number>(key, otherwise);
  if (!range.contains(static_cast<double>(number))) {
    file.fail(key, fmt::format("is {}, expected a number {}", support::quote(file.value(key)),
                               support::in_words(range)));
  }
  return number;
}

}  // namespace

Config parse_peft_config(const std::string& text, const std::string& file_name,
                         std::int64_t num_layers) {
  const support::JsonDocument document = support::parse_json(text, {file_name});
  const JsonSection file = document.root();
  (void)file.get<std::string>("peft_type");
  file.only("peft_type", "LORA", "another kind of adapter is");
  check_plain(file);
  return {.rank = number_in<std::int64_t>(rank_range, file, "r", 8),
          .lora_alpha = number_in<double>(alpha_range, file, "lora_alpha", 8),
          .dropout = number_in<double>(dropout_range, file, "lora_dropout", 0),
          .target_modules = parse_target_modules(file, num_layers)};
}

std::string format_peft_config(const Config& config, const std::string& base_model) {
  json object = plain_lora();
  object["base_model_name_or_path"] = base_model;
  object["r"] = config.rank;
  object["lora_dropout"] = config.dropout;
  if (config.lora_alpha == std::floor(config.lora_alpha) && config.lora_alpha < 0x1p53) {
    object["lora_alpha"] = static_cast<std::int64_t>(config.lora_alpha);
  } else {
    object["lora_alpha"] = config.lora_alpha;
  }
  object["target_modules"] = names_of(config.target_modules);
  return object.dump(2);
}

}  // namespace lightreasoner::lora
