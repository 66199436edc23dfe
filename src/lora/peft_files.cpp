// SPDX-License-Identifier: Apache-2.0
#include "lora/peft_files.hpp"

#include "device/transfer.hpp"
#include "lora/peft_config.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/path_errors.hpp"
#include "weights/safetensors.hpp"
#include "weights/safetensors_header.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

namespace lightreasoner::lora {
namespace {

using support::UserError;

std::string tensor_name(const LoraModule& module, char matrix) {
  return fmt::format("base_model.model.{}.lora_{}.weight", module.path, matrix);
}

/// The name that peft gives on saving; a training script that saves by itself leaves the adapter's
/// own name in, "lora_A.default.weight".
std::string plain_name(const std::string& name) {
  for (const std::string_view matrix : {".lora_A.", ".lora_B."}) {
    const std::size_t end = name.find(matrix);
    const std::size_t last = name.rfind(".weight");
    if (end != std::string::npos && name.ends_with(".weight") && last > end + matrix.size()) {
      return name.substr(0, end + matrix.size()) + "weight";
    }
  }
  return name;
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
    if (!entries.emplace(plain_name(entry.name), entry).second) {
      throw UserError(
          fmt::format("{}: tensor \"{}\" stands for \"{}\", which is there already: the file "
                      "holds several adapters; keep one",
                      file_name, entry.name, plain_name(entry.name)));
    }
  }
  for (const LoraModule& module : adapter.modules) {
    take_fitting(entries, tensor_name(module, 'A'), module.a, file_name);
    take_fitting(entries, tensor_name(module, 'B'), module.b, file_name);
  }
  if (!entries.empty()) {
    throw UserError(
        fmt::format("{}: tensor \"{}\" is of none of the layers' projections that "
                    "target_modules of {} means; adapters of others, such as lm_head, are not "
                    "supported",
                    file_name, entries.begin()->first, adapter_config_file));
  }
}

/// An adapter of zeros with the shape that the two say, which must be the same.
LoraAdapter adapter_of(const std::string& config, std::string_view head, std::uint64_t weight_bytes,
                       const std::filesystem::path& folder, const model::Decoder& decoder) {
  LoraAdapter adapter =
      empty_adapter(decoder, parse_peft_config(config, (folder / adapter_config_file).string(),
                                               std::ssize(decoder.layers)));
  const std::string file_name = (folder / adapter_weights_file).string();
  require_tensors_of(
      adapter,
      weights::parse_safetensors_header(std::as_bytes(std::span(head)), weight_bytes, file_name),
      file_name);
  return adapter;
}

void require_there(const std::filesystem::path& file) {
  if (support::is_there(file)) return;
  if (const auto pickled = file.parent_path() / "adapter_model.bin"; support::is_there(pickled)) {
    throw UserError(
        fmt::format("{}: pickled weights are not read; convert the adapter to safetensors: "
                    "PeftModel.from_pretrained, then save_pretrained",
                    pickled.string()));
  }
  throw UserError(fmt::format("{}: no such file; give a PEFT folder with {} and {}", file.string(),
                              adapter_config_file, adapter_weights_file));
}

}  // namespace

PeftFiles peft_files(const LoraAdapter& adapter, const std::string& base_model) {
  weights::TensorMap tensors;
  for (const LoraModule& module : adapter.modules) {
    tensors.emplace(tensor_name(module, 'A'), device::to_host(module.a));
    tensors.emplace(tensor_name(module, 'B'), device::to_host(module.b));
  }
  return {{adapter_config_file, format_peft_config(adapter.config, base_model)},
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
  weights::TensorMap tensors;
  for (const auto& [name, tensor] :
       weights::parse_safetensors(bytes, (folder / adapter_weights_file).string())) {
    tensors.emplace(plain_name(name), tensor);
  }
  for (LoraModule& module : adapter.modules) {
    for (auto& [matrix, place] : {std::pair('A', &module.a), std::pair('B', &module.b)}) {
      place->copy_(tensors.at(tensor_name(module, matrix)));
      if (!at::isfinite(*place).all().item<bool>()) {
        throw UserError(fmt::format(
            "{}: tensor \"{}\" holds NaN or infinity; the training that wrote it has failed",
            (folder / adapter_weights_file).string(), tensor_name(module, matrix)));
      }
    }
  }
  return adapter;
}

LoraAdapter read_peft(const std::filesystem::path& folder, const model::Decoder& decoder) {
  return parse_peft(read_peft_files(folder), folder, decoder);
}

}  // namespace lightreasoner::lora
