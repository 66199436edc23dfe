// SPDX-License-Identifier: Apache-2.0
#include "lora/peft_files.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/json.hpp"
#include "support/path_errors.hpp"
#include "weights/safetensors.hpp"

#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
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

/// What the numbers of an adapter may be; NaN is none of it.
void check_numbers(const Config& config, const JsonSection& file) {
  const auto check = [&](const char* key, bool fits, const char* rule) {
    if (!fits) {
      file.fail(key, fmt::format("is {}, expected {}", support::quote(file.value(key)), rule));
    }
  };
  check("r", config.rank >= 1, "at least 1");
  check("lora_alpha", config.lora_alpha > 0 && std::isfinite(config.lora_alpha), "above 0");
  check("lora_dropout", config.dropout >= 0 && config.dropout < 1, "at least 0 and below 1");
}

Config parse_config(const std::string& text, const std::string& file_name) {
  const support::JsonDocument document = support::parse_json(text, {file_name});
  const JsonSection file = document.root();
  (void)file.get<std::string>("peft_type");
  file.only("peft_type", "LORA", "another kind of adapter is");
  check_plain(file);
  Config config{.rank = file.get<std::int64_t>("r"),
                .lora_alpha = file.get<double>("lora_alpha"),
                .dropout = file.get<double>("lora_dropout"),
                .target_modules = file.list<std::string>("target_modules")};
  check_numbers(config, file);
  try {
    validate(config);
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: {}", file_name, error.what()));
  }
  return config;
}

/// Copies the file's tensor into `place`, as fp32: the file's bytes are not written to, adapters
/// are tuned in place.
void read_tensor(weights::TensorMap& tensors, const std::string& name, at::Tensor& place,
                 const std::string& file_name) {
  const auto found = tensors.extract(name);
  if (found.empty()) {
    throw UserError(fmt::format("{}: tensor \"{}\" is missing", file_name, name));
  }
  const at::Tensor& tensor = found.mapped();
  const at::ScalarType stored = tensor.scalar_type();
  const bool is_known = stored == at::kFloat || stored == at::kBFloat16 || stored == at::kHalf;
  if (tensor.sizes() != place.sizes() || !is_known) {
    throw UserError(fmt::format(
        "{}: tensor \"{}\" is {} [{}], expected Float, BFloat16 or Half [{}] for this model and "
        "adapter_config.json",
        file_name, name, at::toString(stored), fmt::join(tensor.sizes(), ", "),
        fmt::join(place.sizes(), ", ")));
  }
  place.copy_(tensor);
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
  object["target_modules"] = config.target_modules;
  weights::TensorMap tensors;
  for (const LoraModule& module : adapter.modules) {
    tensors.emplace(tensor_name(module, 'A'), module.a);
    tensors.emplace(tensor_name(module, 'B'), module.b);
  }
  return {{adapter_config_file, object.dump(2)},
          {adapter_weights_file, weights::serialize_safetensors(tensors, {{"format", "pt"}})}};
}

PeftFiles read_peft_files(const std::filesystem::path& folder) {
  PeftFiles files;
  for (const char* name : {adapter_config_file, adapter_weights_file}) {
    if (!support::is_there(folder / name)) {
      throw UserError(fmt::format("{}: no such file; give a PEFT folder with {} and {}",
                                  (folder / name).string(), adapter_config_file,
                                  adapter_weights_file));
    }
    files[name] = support::read_file(folder / name);
  }
  return files;
}

LoraAdapter parse_peft(const PeftFiles& files, const std::filesystem::path& folder,
                       const model::Decoder& decoder) {
  const at::NoGradGuard no_gradients;
  LoraAdapter adapter = empty_adapter(
      decoder,
      parse_config(files.at(adapter_config_file), (folder / adapter_config_file).string()));
  const std::string file_name = (folder / adapter_weights_file).string();
  weights::TensorMap tensors =
      weights::parse_safetensors(files.at(adapter_weights_file), file_name);
  for (LoraModule& module : adapter.modules) {
    read_tensor(tensors, tensor_name(module, 'A'), module.a, file_name);
    read_tensor(tensors, tensor_name(module, 'B'), module.b, file_name);
  }
  if (!tensors.empty()) {
    throw UserError(
        fmt::format("{}: tensor \"{}\" has no place in this model with the target "
                    "modules of {}",
                    file_name, tensors.begin()->first, adapter_config_file));
  }
  return adapter;
}

LoraAdapter read_peft(const std::filesystem::path& folder, const model::Decoder& decoder) {
  return parse_peft(read_peft_files(folder), folder, decoder);
}

}  // namespace lightreasoner::lora
