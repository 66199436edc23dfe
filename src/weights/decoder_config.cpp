// SPDX-License-Identifier: Apache-2.0
#include "weights/decoder_config.hpp"

#include "support/errors.hpp"
#include "support/json.hpp"

#include <array>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace lightreasoner::weights {
namespace {

using nlohmann::json;
using support::UserError;

constexpr std::array families{
    FamilyTraits{.model_type = "qwen2", .architecture = "Qwen2ForCausalLM", .qkv_bias = true},
    FamilyTraits{.model_type = "qwen3",
                 .architecture = "Qwen3ForCausalLM",
                 .reads_attention_bias = true,
                 .qk_norm = true,
                 .head_dim = 128},
    FamilyTraits{.model_type = "llama",
                 .architecture = "LlamaForCausalLM",
                 .reads_attention_bias = true,
                 .reads_mlp_bias = true,
                 .kv_heads_optional = true},
};

/// A deeper model is a mistake in the file.
constexpr std::int64_t most_layers = 10'000;

struct OnlyValue {
  const char* key;
  json value;
  const char* what;
};

/// Keys of other architectures, and the values at which they change nothing.
std::array<OnlyValue, 10> only_values() {
  return {{
      {"hidden_act", "silu", "this activation is"},
      {"partial_rotary_factor", 1.0, "partly rotated heads are"},
      {"rope_interleaved", false, "interleaved rotary positions are"},
      {"use_mrope", false, "rotary positions in several dimensions are"},
      {"pretraining_tp", 1, "weights cut for tensor parallelism are"},
      {"use_qk_norm", false, "this normalisation of queries and keys is"},
      {"is_encoder_decoder", false, "an encoder is"},
      {"embedding_multiplier", 1.0, "scaled embeddings are"},
      {"residual_multiplier", 1.0, "scaled residuals are"},
      {"logits_scaling", 1.0, "scaled logits are"},
  }};
}

/// Keys that ask for something decoders here do not do, unless they are off.
constexpr std::array<std::pair<const char*, const char*>, 13> absent_keys{{
    {"quantization_config", "quantised weights are not supported; use the original"},
    {"compression_config", "compressed weights are not supported; use the original"},
    {"num_experts", "mixtures of experts are not supported"},
    {"num_local_experts", "mixtures of experts are not supported"},
    {"n_routed_experts", "mixtures of experts are not supported"},
    {"num_experts_per_tok", "mixtures of experts are not supported"},
    {"moe_intermediate_size", "mixtures of experts are not supported"},
    {"attn_logit_softcapping", "capped attention scores are not supported"},
    {"final_logit_softcapping", "capped logits are not supported"},
    {"clip_qkv", "clipped queries, keys and values are not supported"},
    {"attention_multiplier", "another scale of attention scores is not supported"},
    {"attention_chunk_size", "attention in chunks is not supported"},
    {"no_rope_layers", "layers without rotary positions are not supported"},
}};

void refuse_unsupported(const support::JsonSection& config) {
  for (const OnlyValue& row : only_values()) {
    config.only(row.key, row.value, row.what);
  }
  for (const auto& [key, message] : absent_keys) {
    const json* value = config.find(key);
    if (value != nullptr && !support::is_off(*value)) {
      config.fail(key, message);
    }
  }
}

/// Qwen2's default, from which layer on attention slides.
constexpr std::int64_t default_full_layers = 28;

/// Refuses a layer that attends to a window, where there is one.
/// (transformers/models/qwen2/configuration_qwen2.py)
void refuse_sliding_layers(const support::JsonSection& config, std::int64_t num_layers) {
  if (config.has("layer_types")) {
    const auto types = config.list<std::string>("layer_types");
    const auto other = std::find_if(types.begin(), types.end(),
                                    [](const auto& type) { return type != "full_attention"; });
    if (other != types.end()) {
      config.fail_entry("layer_types", static_cast<std::size_t>(other - types.begin()),
                        fmt::format("is \"{}\": not supported, only \"full_attention\"", *other));
    }
    return;
  }
  const bool has_no_window =
      config.object.contains("sliding_window") && !config.has("sliding_window");
  const auto first = config.get_or("max_window_layers", default_full_layers);
  if (config.get_or("use_sliding_window", false) && !has_no_window && first < num_layers) {
    config.fail("use_sliding_window",
                fmt::format("is true, so that attention slides from layer {} of {} on "
                            "(max_window_layers): not supported",
                            first, num_layers));
  }
}

/// eos_token_id: one id or a list of them.
std::optional<std::vector<std::int32_t>> read_stop_ids(const support::JsonSection& section,
                                                       std::int64_t vocabulary) {
  const json* value = section.find("eos_token_id");
  if (value == nullptr) {
    return std::nullopt;
  }
  std::vector<std::int32_t> ids;
  for (const json& id : value->is_array() ? *value : json::array({*value})) {
    if (!id.is_number_integer() || id < 0 || id >= vocabulary) {
      section.fail("eos_token_id", fmt::format("is {}, expected token ids below vocab_size {}",
                                               value->dump(), vocabulary));
    }
    ids.push_back(id.get<std::int32_t>());
  }
  return ids;
}

const FamilyTraits& read_family(const support::JsonSection& config) {
  const auto& family =
      family_traits(config.get<std::string>("model_type"), config.document.source.file_name);
  config.only("architectures", json::array({family.architecture}), "this architecture is");
  return family;
}

void read_heads(DecoderConfig& result, const support::JsonSection& config) {
  result.attention.num_heads = config.size("num_attention_heads");
  if (!result.family.kv_heads_optional && !config.object.contains("num_key_value_heads")) {
    config.fail("num_key_value_heads", "is missing");
  }
  result.attention.num_kv_heads = config.size_or("num_key_value_heads", result.attention.num_heads);
  if (result.attention.num_heads % result.attention.num_kv_heads != 0) {
    config.fail("num_key_value_heads",
                fmt::format("is {}, which does not divide {} heads", result.attention.num_kv_heads,
                            result.attention.num_heads));
  }
  const std::int64_t fallback = result.family.head_dim > 0
                                    ? result.family.head_dim
                                    : result.shape.hidden_size / result.attention.num_heads;
  if (config.find("head_dim") == nullptr && result.family.head_dim == 0 &&
      result.shape.hidden_size % result.attention.num_heads != 0) {
    config.fail("hidden_size", fmt::format("is {}, not a multiple of {} heads, and no head_dim",
                                           result.shape.hidden_size, result.attention.num_heads));
  }
  result.attention.head_dim =
      config.find("head_dim") == nullptr ? fallback : config.size("head_dim");
  if (result.attention.head_dim % 2 != 0) {
    config.fail("head_dim", fmt::format("is {}: rotary positions need an even number",
                                        result.attention.head_dim));
  }
}

void read_biases(DecoderConfig& result, const support::JsonSection& config) {
  const FamilyTraits& family = result.family;
  const bool attention_bias = family.reads_attention_bias && config.get_or("attention_bias", false);
  result.biases.qkv = family.qkv_bias || attention_bias;
  result.biases.output = attention_bias;
  result.biases.mlp = family.reads_mlp_bias && config.get_or("mlp_bias", false);
}

constexpr const char* kinds = "not supported, only \"default\" and \"llama3\"";

/// The kind of scaling; old files say "type", some files say both.
std::string read_kind(const support::JsonSection& rope) {
  std::string kind;
  for (const char* key : {"rope_type", "type"}) {
    const json* value = rope.find(key);
    if (value == nullptr) {
      continue;
    }
    if (*value != "default" && *value != "llama3") {
      rope.fail(key, fmt::format("is {}: this rope scaling is {}", value->dump(), kinds));
    }
    const auto word = value->get<std::string>();
    if (!kind.empty() && word != kind) {
      rope.fail(key, fmt::format("is {}, but rope_type is \"{}\"", value->dump(), kind));
    }
    kind = word;
  }
  return kind.empty() ? "default" : kind;
}

Llama3Scaling read_llama3(const support::JsonSection& rope, const support::JsonSection& config,
                          std::int64_t max_positions) {
  const char* original = "original_max_position_embeddings";
  const Llama3Scaling scaling{
      .factor = rope.positive("factor"),
      .low_freq_factor = rope.positive("low_freq_factor"),
      .high_freq_factor = rope.positive("high_freq_factor"),
      // transformers lets the outer key decide where there is one.
      .original_positions = config.size_or(original, rope.size_or(original, max_positions)),
  };
  if (scaling.high_freq_factor <= scaling.low_freq_factor) {
    rope.fail("high_freq_factor", fmt::format("is {}, expected more than low_freq_factor, {}",
                                              scaling.high_freq_factor, scaling.low_freq_factor));
  }
  return scaling;
}

/// Reads rope_theta with rope_scaling (transformers 4) or rope_parameters (5) of config.json; where
/// both are there, transformers 5 takes the former. `max_positions` stands in for an
/// original_max_position_embeddings that is not given. Throws UserError naming file and key; other
/// kinds of scaling are refused by name.
RotaryConfig read_rotary(const support::JsonSection& config, std::int64_t max_positions) {
  RotaryConfig result{.theta = config.positive_or("rope_theta", 10000.0), .llama3 = {}};
  const nlohmann::json* const scaling = config.find("rope_scaling");
  const bool is_scaled = scaling != nullptr && !support::asks_for_nothing(*scaling);
  const char* const key = is_scaled ? "rope_scaling" : "rope_parameters";
  if (!config.has(key)) {
    return result;
  }
  const support::JsonSection rope = config.child(key);
  for (const auto& [name, value] : rope.object.items()) {
    if (value.is_object()) {
      rope.fail(name, "rope parameters by layer type are not supported");
    }
  }
  rope.only("partial_rotary_factor", 1.0, "partly rotated heads are");
  result.theta = rope.positive_or("rope_theta", result.theta);
  if (read_kind(rope) == "llama3") {
    result.llama3 = read_llama3(rope, config, max_positions);
  }
  return result;
}

}  // namespace

const FamilyTraits& family_traits(const std::string& model_type, const std::string& file_name) {
  std::string known;
  for (const auto& family : families) {
    if (family.model_type == model_type) {
      return family;
    }
    known += (known.empty() ? "" : ", ") + std::string(family.model_type);
  }
  throw UserError(fmt::format("{}: key \"model_type\": \"{}\" is not supported; supported: {}",
                              file_name, model_type, known));
}

DecoderConfig parse_decoder_config(const std::string& config_json,
                                   const std::optional<std::string>& generation_config_json,
                                   const std::string& file_name) {
  const support::JsonDocument document = support::parse_json(config_json, {file_name});
  const support::JsonSection config = document.root();
  DecoderConfig result;
  result.family = read_family(config);
  refuse_unsupported(config);
  result.shape.vocabulary = config.size("vocab_size");
  result.shape.hidden_size = config.size("hidden_size");
  result.shape.intermediate_size = config.size("intermediate_size");
  result.shape.num_layers = config.size("num_hidden_layers", most_layers);
  refuse_sliding_layers(config, result.shape.num_layers);
  read_heads(result, config);
  result.shape.max_positions = config.size("max_position_embeddings");
  result.rms_norm_eps = config.positive_or("rms_norm_eps", result.rms_norm_eps);
  result.rotary = read_rotary(config, result.shape.max_positions);
  read_biases(result, config);
  result.tied_head = config.get_or("tie_word_embeddings", false);
  std::optional<std::vector<std::int32_t>> stop_ids =
      read_stop_ids(config, result.shape.vocabulary);
  if (generation_config_json) {
    const auto slash = file_name.find_last_of('/');
    const std::string folder = slash == std::string::npos ? "" : file_name.substr(0, slash + 1);
    const support::JsonDocument generation =
        support::parse_json(*generation_config_json, {folder + "generation_config.json"});
    // As in transformers, which then does not look at config.json's.
    stop_ids = read_stop_ids(generation.root(), result.shape.vocabulary);
  }
  result.stop_ids = stop_ids.value_or(result.stop_ids);
  return result;
}

}  // namespace lightreasoner::weights
