// SPDX-License-Identifier: Apache-2.0
#include "model/decoder_config.hpp"

#include "support/errors.hpp"

#include <array>
#include <fmt/format.h>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>

namespace lightreasoner::model {
namespace {

using nlohmann::json;
using support::UserError;

constexpr std::array families{
    FamilyTraits{.model_type = "qwen2", .architecture = "Qwen2ForCausalLM", .qkv_bias = true},
};

/// Any larger size is a mistake, and products of three of them still fit 128 bits.
constexpr std::int64_t largest_size = std::int64_t{1} << 31;

/// One JSON object of a file, with errors that name file and key.
struct Section {
  const json& object;
  std::string file_name;
  std::string prefix = "";  // of the keys in messages

  [[noreturn]] void fail(const std::string& key, const std::string& what) const {
    throw UserError(fmt::format("{}: key \"{}{}\": {}", file_name, prefix, key, what));
  }

  /// Null and absent are the same in these files.
  [[nodiscard]] const json* find(const std::string& key) const {
    const auto it = object.find(key);
    return it == object.end() || it->is_null() ? nullptr : &*it;
  }

  [[nodiscard]] std::int64_t size(const std::string& key) const {
    const json* value = find(key);
    if (value == nullptr) {
      fail(key, "is missing; this is not a complete Hugging Face decoder configuration");
    }
    if (!value->is_number_integer() || *value < 1 || *value > largest_size) {
      fail(key,
           fmt::format("is {}, expected a whole number from 1 to {}", value->dump(), largest_size));
    }
    return value->get<std::int64_t>();
  }
  [[nodiscard]] std::int64_t size_or(const std::string& key, std::int64_t otherwise) const {
    return find(key) == nullptr ? otherwise : size(key);
  }

  [[nodiscard]] double positive_or(const std::string& key, double otherwise) const {
    const json* value = find(key);
    if (value == nullptr) {
      return otherwise;
    }
    if (!value->is_number() || !(value->get<double>() > 0)) {
      fail(key, fmt::format("is {}, expected a number above 0", value->dump()));
    }
    return value->get<double>();
  }

  [[nodiscard]] bool flag_or(const std::string& key, bool otherwise) const {
    const json* value = find(key);
    if (value != nullptr && !value->is_boolean()) {
      fail(key, fmt::format("is {}, expected true or false", value->dump()));
    }
    return value == nullptr ? otherwise : value->get<bool>();
  }

  /// Throws unless the key is absent or holds `supported`.
  void only(const std::string& key, const json& supported, const std::string& what) const {
    const json* value = find(key);
    if (value != nullptr && *value != supported) {
      fail(key,
           fmt::format("is {}: {} not supported, only {}", value->dump(), what, supported.dump()));
    }
  }

  [[nodiscard]] Section child(const std::string& key) const {
    if (!object[key].is_object()) {
      fail(key, "is not an object");
    }
    return {object[key], file_name, prefix + key + "."};
  }
};

json parse_object(const std::string& text, const std::string& file_name) {
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    throw UserError(file_name + ": is not a JSON object; the file may be damaged or incomplete");
  }
  return parsed;
}

/// transformers 5 keeps theta in rope_parameters, 4 at the top with rope_scaling beside it.
double read_rope_theta(const Section& config) {
  double theta = config.positive_or("rope_theta", 10000.0);
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    if (config.find(key) == nullptr) {
      continue;
    }
    const Section rope = config.child(key);
    for (const char* type : {"rope_type", "type"}) {
      rope.only(type, "default", "rope scaling is");
    }
    rope.only("partial_rotary_factor", 1.0, "partly rotated heads are");
    for (const auto& [name, value] : rope.object.items()) {
      if (value.is_object()) {
        rope.fail(name, "rope parameters by layer type are not supported");
      }
    }
    theta = rope.positive_or("rope_theta", theta);
  }
  config.only("partial_rotary_factor", 1.0, "partly rotated heads are");
  return theta;
}

void refuse_unsupported(const Section& config) {
  config.only("use_sliding_window", false, "sliding-window attention is");
  if (const json* layers = config.find("layer_types")) {
    for (const json& layer : *layers) {
      if (layer != "full_attention") {
        config.fail("layer_types",
                    fmt::format("holds {}: not supported, only \"full_attention\"", layer.dump()));
      }
    }
  }
  config.only("hidden_act", "silu", "this activation is");
  if (config.find("quantization_config") != nullptr) {
    config.fail("quantization_config", "quantised weights are not supported; use the original");
  }
  for (const char* key : {"dtype", "torch_dtype"}) {
    config.only(key, "float32", "weights of this type are");
  }
}

/// eos_token_id: one id or a list of them.
std::optional<std::vector<std::int32_t>> read_stop_ids(const Section& section,
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

const FamilyTraits& read_family(const Section& config) {
  const json* type = config.find("model_type");
  if (type == nullptr || !type->is_string()) {
    config.fail("model_type", "is missing or not a word");
  }
  const auto& family = family_traits(type->get<std::string>(), config.file_name);
  config.only("architectures", json::array({family.architecture}), "this architecture is");
  return family;
}

void read_heads(DecoderConfig& result, const Section& config) {
  result.num_heads = config.size("num_attention_heads");
  if (!config.object.contains("num_key_value_heads")) {
    config.fail("num_key_value_heads", "is missing");
  }
  result.num_kv_heads = config.size_or("num_key_value_heads", result.num_heads);
  if (result.num_heads % result.num_kv_heads != 0) {
    config.fail("num_key_value_heads", fmt::format("is {}, which does not divide {} heads",
                                                   result.num_kv_heads, result.num_heads));
  }
  if (config.find("head_dim") == nullptr && result.hidden_size % result.num_heads != 0) {
    config.fail("hidden_size", fmt::format("is {}, not a multiple of {} heads, and no head_dim",
                                           result.hidden_size, result.num_heads));
  }
  result.head_dim = config.size_or("head_dim", result.hidden_size / result.num_heads);
  if (result.head_dim % 2 != 0) {
    config.fail("head_dim",
                fmt::format("is {}: rotary positions need an even number", result.head_dim));
  }
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
                                   const std::string& generation_config_json,
                                   const std::string& file_name) {
  const json parsed = parse_object(config_json, file_name);
  const Section config{parsed, file_name};
  DecoderConfig result;
  result.family = read_family(config);
  refuse_unsupported(config);
  result.vocabulary = config.size("vocab_size");
  result.hidden_size = config.size("hidden_size");
  result.intermediate_size = config.size("intermediate_size");
  result.num_layers = config.size("num_hidden_layers");
  read_heads(result, config);
  result.max_positions = config.size("max_position_embeddings");
  result.rms_norm_eps = config.positive_or("rms_norm_eps", result.rms_norm_eps);
  result.rope_theta = read_rope_theta(config);
  result.tied_head = config.flag_or("tie_word_embeddings", false);
  result.stop_ids = read_stop_ids(config, result.vocabulary).value_or(result.stop_ids);
  if (!generation_config_json.empty()) {
    const auto slash = file_name.find_last_of('/');
    const std::string folder = slash == std::string::npos ? "" : file_name.substr(0, slash + 1);
    const std::string generation_name = folder + "generation_config.json";
    const json generation = parse_object(generation_config_json, generation_name);
    result.stop_ids =
        read_stop_ids({generation, generation_name}, result.vocabulary).value_or(result.stop_ids);
  }
  return result;
}

}  // namespace lightreasoner::model
