// SPDX-License-Identifier: Apache-2.0
#include "lora/peft_files.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/json.hpp"
#include "support/path_errors.hpp"
#include "weights/safetensors.hpp"
#include "weights/safetensors_header.hpp"

#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

namespace lightreasoner::lora {
namespace {

using nlohmann::json;
using support::JsonSection;
using support::UserError;

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
constexpr std::array<std::string_view, 13> free_keys{
    "auto_mapping", "base_model_name_or_path", "inference_mode", "layers_pattern",    "lora_alpha",
    "lora_dropout", "megatron_core",           "peft_version",   "qalora_group_size", "r",
    "revision",     "target_modules",          "task_type"};

std::string tensor_name(const LoraModule& module, char matrix) {
  return fmt::format("base_model.model.{}.lora_{}.weight", module.path, matrix);
}

/// Other versions of peft write other sets of keys; what asks for nothing may stand in any.
void check_plain(const JsonSection& file) {
  const json plain = plain_lora();
  for (const auto& [key, value] : file.object.items()) {
    const bool is_free = std::find(free_keys.begin(), free_keys.end(), key) != free_keys.end();
    const bool is_plain = plain.contains(key) && plain[key] == value;
    if (!is_free && !is_plain && !support::asks_for_nothing(value)) {
      file.fail(
          key, fmt::format("is {}; only plain LoRA adapters are supported", support::quote(value)));
    }
  }
}

/// The number of a key. Throws UserError where it is not in `range`.
template <typename Number>
Number number_in(const support::Range& range, const JsonSection& file, const char* key) {
  const auto number = file.get<Number>(key);
  if (!range.contains(static_cast<double>(number))) {
    file.fail(key, fmt::format("is {}, expected a number {}", support::quote(file.value(key)),
                               support::in_words(range)));
  }
  return number;
}

Config parse_config(const std::string& text, const std::string& file_name) {
  const support::JsonDocument document = support::parse_json(text, {file_name});
  const JsonSection file = document.root();
  (void)file.get<std::string>("peft_type");
  file.only("peft_type", "LORA", "another kind of adapter is");
  check_plain(file);
  Config config{.rank = number_in<std::int64_t>(rank_range, file, "r"),
                .lora_alpha = number_in<double>(alpha_range, file, "lora_alpha"),
                .dropout = number_in<double>(dropout_range, file, "lora_dropout")};
  const auto names = file.list<std::string>("target_modules");
  try {
    config.target_modules = parse_target_modules(names);
  } catch (const UserError& error) {
    file.fail("target_modules", error.what());
  }
  return config;
}

using Entries = std::map<std::string, weights::TensorEntry>;

/// Takes the tensor of that name out of `entries`, which must fit `place`.
void take_fitting(Entries& entries, const std::string& name, const at::Tensor& place,
                  const std::string& file_name) {
  const auto found = entries.extract(name);
  if (found.empty()) {
    throw UserError(fmt::format("{}: tensor \"{}\" is missing", file_name, name));
  }
  const weights::TensorEntry& entry = found.mapped();
  const bool is_known =
      entry.dtype == at::kFloat || entry.dtype == at::kBFloat16 || entry.dtype == at::kHalf;
  if (place.sizes() != entry.shape || !is_known) {
    throw UserError(fmt::format(
        "{}: tensor \"{}\" is {} [{}], expected Float, BFloat16 or Half [{}] for this model and "
        "adapter_config.json",
        file_name, name, at::toString(entry.dtype), fmt::join(entry.shape, ", "),
        fmt::join(place.sizes(), ", ")));
  }
}

/// Throws UserError unless the file has the tensors of `adapter` and no other.
void require_tensors_of(const LoraAdapter& adapter, const weights::SafetensorsHeader& header,
                        const std::string& file_name) {
  Entries entries;
  for (const weights::TensorEntry& entry : header.entries) {
    entries.emplace(entry.name, entry);
  }
  for (const LoraModule& module : adapter.modules) {
    take_fitting(entries, tensor_name(module, 'A'), module.a, file_name);
    take_fitting(entries, tensor_name(module, 'B'), module.b, file_name);
  }
  if (!entries.empty()) {
    throw UserError(
        fmt::format("{}: tensor \"{}\" has no place in this model with the target "
                    "modules of {}",
                    file_name, entries.begin()->first, adapter_config_file));
  }
}

/// An adapter of zeros with the shape that the two say, which must be the same.
LoraAdapter adapter_of(const std::string& config, std::string_view head, std::uint64_t weight_bytes,
                       const std::filesystem::path& folder, const model::Decoder& decoder) {
  LoraAdapter adapter =
      empty_adapter(decoder, parse_config(config, (folder / adapter_config_file).string()));
  const std::string file_name = (folder / adapter_weights_file).string();
  require_tensors_of(
      adapter,
      weights::parse_safetensors_header(std::as_bytes(std::span(head)), weight_bytes, file_name),
      file_name);
  return adapter;
}

void require_there(const std::filesystem::path& file) {
  if (!support::is_there(file)) {
    throw UserError(fmt::format("{}: no such file; give a PEFT folder with {} and {}",
                                file.string(), adapter_config_file, adapter_weights_file));
  }
}

}  // namespace

PeftFiles peft_files(const LoraAdapter& adapter, const std::string& base_model) {
  const Config& config = adapter.config;
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
  weights::TensorMap tensors;
  for (const LoraModule& module : adapter.modules) {
    tensors.emplace(tensor_name(module, 'A'), module.a);
    tensors.emplace(tensor_name(module, 'B'), module.b);
  }
  return {{adapter_config_file, object.dump(2)},
          {adapter_weights_file, weights::serialize_safetensors(tensors, {{"format", "pt"}})}};
}

PeftHead read_peft_head(const std::filesystem::path& folder) {
  require_there(folder / adapter_config_file);
  require_there(folder / adapter_weights_file);
  const support::InputFile weights(folder / adapter_weights_file);
  PeftHead head{support::read_file(folder / adapter_config_file), "", weights.size()};
  head.head = weights::read_safetensors_head(weights);
  return head;
}

Config parse_peft_head(const PeftHead& head, const std::filesystem::path& folder,
                       const model::Decoder& decoder) {
  return adapter_of(head.config, head.head, head.weight_bytes, folder, decoder).config;
}

PeftFiles read_peft_files(const std::filesystem::path& folder) {
  PeftFiles files;
  for (const char* name : {adapter_config_file, adapter_weights_file}) {
    require_there(folder / name);
    files[name] = support::read_file(folder / name);
  }
  return files;
}

LoraAdapter parse_peft(const PeftFiles& files, const std::filesystem::path& folder,
                       const model::Decoder& decoder) {
  const at::NoGradGuard no_gradients;
  const std::string& bytes = files.at(adapter_weights_file);
  LoraAdapter adapter =
      adapter_of(files.at(adapter_config_file), bytes, bytes.size(), folder, decoder);
  // As fp32, and copied: the file's bytes are not written to, adapters are tuned in place.
  const weights::TensorMap tensors =
      weights::parse_safetensors(bytes, (folder / adapter_weights_file).string());
  for (LoraModule& module : adapter.modules) {
    module.a.copy_(tensors.at(tensor_name(module, 'A')));
    module.b.copy_(tensors.at(tensor_name(module, 'B')));
  }
  return adapter;
}

LoraAdapter read_peft(const std::filesystem::path& folder, const model::Decoder& decoder) {
  return parse_peft(read_peft_files(folder), folder, decoder);
}

}  // namespace lightreasoner::lora
