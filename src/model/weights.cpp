// SPDX-License-Identifier: Apache-2.0
#include "model/decoder.hpp"
#include "model/safetensors.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"

#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>

namespace lightreasoner::model {
namespace {

using support::UserError;
using Shape = std::vector<std::int64_t>;

/// A projection's place in the Hugging Face module tree and in ours.
struct Projection {
  std::string_view name;
  std::string_view block;
  Linear Layer::*member;
};

constexpr std::array<Projection, 7> projections{{
    {"q_proj", "self_attn", &Layer::q_proj},
    {"k_proj", "self_attn", &Layer::k_proj},
    {"v_proj", "self_attn", &Layer::v_proj},
    {"o_proj", "self_attn", &Layer::o_proj},
    {"gate_proj", "mlp", &Layer::gate_proj},
    {"up_proj", "mlp", &Layer::up_proj},
    {"down_proj", "mlp", &Layer::down_proj},
}};

const Projection& find_projection(const std::string& name) {
  for (const Projection& row : projections) {
    if (row.name == name) {
      return row;
    }
  }
  support::require(false, "unknown projection " + name);
  return projections[0];
}

/// [out, in] of a projection's weight.
Shape projection_shape(const DecoderConfig& config, std::string_view name) {
  const std::int64_t heads = config.num_heads * config.head_dim;
  const std::int64_t kv_heads = config.num_kv_heads * config.head_dim;
  if (name == "q_proj") return {heads, config.hidden_size};
  if (name == "k_proj" || name == "v_proj") return {kv_heads, config.hidden_size};
  if (name == "o_proj") return {config.hidden_size, heads};
  if (name == "down_proj") return {config.hidden_size, config.intermediate_size};
  return {config.intermediate_size, config.hidden_size};
}

bool has_bias(const DecoderConfig& config, std::string_view name) {
  return config.family.qkv_bias && (name == "q_proj" || name == "k_proj" || name == "v_proj");
}

using TensorVisitor = std::function<void(const std::string& name, at::Tensor&, const Shape&)>;

/// Every tensor of a weight file: its name, its place in the decoder, the shape the configuration
/// gives it. The one list that reading and writing share.
void for_each_tensor(Decoder& decoder, const TensorVisitor& visit) {
  const DecoderConfig& config = decoder.config;
  visit("model.embed_tokens.weight", decoder.embedding, {config.vocabulary, config.hidden_size});
  for (std::int64_t i = 0; i < config.num_layers; ++i) {
    Layer& layer = decoder.layers.at(static_cast<std::size_t>(i));
    const std::string path = fmt::format("model.layers.{}.", i);
    visit(path + "input_layernorm.weight", layer.input_norm, {config.hidden_size});
    visit(path + "post_attention_layernorm.weight", layer.post_attention_norm,
          {config.hidden_size});
    for (const Projection& row : projections) {
      Linear& linear = layer.*row.member;
      const std::string name = fmt::format("{}{}.{}", path, row.block, row.name);
      const Shape shape = projection_shape(config, row.name);
      visit(name + ".weight", linear.weight, shape);
      if (has_bias(config, row.name)) {
        visit(name + ".bias", linear.bias, {shape[0]});
      }
    }
  }
  visit("model.norm.weight", decoder.final_norm, {config.hidden_size});
  if (!config.tied_head) {
    visit("lm_head.weight", decoder.head, {config.vocabulary, config.hidden_size});
  }
}

/// Tensors that old versions of transformers wrote and all versions ignore.
bool is_ignored(const DecoderConfig& config, const std::string& name, const at::Tensor& tensor) {
  const bool tied_copy = config.tied_head && name == "lm_head.weight" &&
                         tensor.sizes() == Shape{config.vocabulary, config.hidden_size};
  return tied_copy || name.ends_with("rotary_emb.inv_freq");
}

void put_into_place(Decoder& decoder, TensorMap tensors, const std::string& file_name) {
  for_each_tensor(decoder, [&](const std::string& name, at::Tensor& place, const Shape& shape) {
    auto found = tensors.extract(name);
    if (found.empty()) {
      throw UserError(
          fmt::format("{}: tensor \"{}\" is missing; config.json beside it describes another model",
                      file_name, name));
    }
    place = std::move(found.mapped());
    if (place.sizes() != shape) {
      throw UserError(
          fmt::format("{}: tensor \"{}\" has shape [{}], but config.json beside it gives [{}]",
                      file_name, name, fmt::join(place.sizes(), ", "), fmt::join(shape, ", ")));
    }
    if (place.scalar_type() != at::kFloat) {
      throw UserError(fmt::format(
          "{}: tensor \"{}\" is of type {}; only float32 weights are supported, convert the model",
          file_name, name, at::toString(place.scalar_type())));
    }
  });
  for (const auto& [name, tensor] : tensors) {
    if (!is_ignored(decoder.config, name, tensor)) {
      throw UserError(
          fmt::format("{}: tensor \"{}\" has no place in a {} model as config.json "
                      "beside it describes it",
                      file_name, name, decoder.config.family.architecture));
    }
  }
}

/// The same fp32 operations as transformers, so that angles are equal to the bit.
at::Tensor rotary_frequencies(const DecoderConfig& config) {
  const at::Tensor exponents = at::arange(0, config.head_dim, 2, at::kFloat) / config.head_dim;
  return at::reciprocal(at::pow(config.rope_theta, exponents));
}

void check_exists(const std::filesystem::path& folder, const char* name) {
  if (std::filesystem::exists(folder / name)) {
    return;
  }
  if (std::filesystem::exists(folder / "model.safetensors.index.json")) {
    throw UserError(
        fmt::format("{}: weights in several files are not supported; save the model "
                    "again as one model.safetensors",
                    (folder / "model.safetensors.index.json").string()));
  }
  throw UserError(
      fmt::format("{}: no such file; give a Hugging Face model folder, with "
                  "config.json, model.safetensors and tokenizer.json in it",
                  (folder / name).string()));
}

}  // namespace

Decoder load_decoder(const std::filesystem::path& folder) {
  for (const char* name : {"config.json", "model.safetensors"}) {
    check_exists(folder, name);
  }
  const auto config_path = folder / "config.json";
  const auto generation_path = folder / "generation_config.json";
  const auto weights_path = folder / "model.safetensors";
  Decoder decoder;
  decoder.config = parse_decoder_config(
      support::read_file(config_path),
      std::filesystem::exists(generation_path) ? support::read_file(generation_path) : "",
      config_path.string());
  decoder.layers.resize(static_cast<std::size_t>(decoder.config.num_layers));
  put_into_place(decoder, read_safetensors(weights_path), weights_path.string());
  if (decoder.config.tied_head) {
    decoder.head = decoder.embedding;
  }
  decoder.rotary_frequencies = rotary_frequencies(decoder.config);
  return decoder;
}

const std::vector<std::string>& projection_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const Projection& row : projections) {
      result.emplace_back(row.name);
    }
    return result;
  }();
  return names;
}

Linear& projection(Layer& layer, const std::string& name) {
  return layer.*find_projection(name).member;
}

const Linear& projection(const Layer& layer, const std::string& name) {
  return layer.*find_projection(name).member;
}

std::string projection_path(std::int64_t layer, const std::string& name) {
  return fmt::format("model.layers.{}.{}.{}", layer, find_projection(name).block, name);
}

std::map<std::string, at::Tensor> named_tensors(const Decoder& decoder) {
  std::map<std::string, at::Tensor> tensors;
  Decoder handles = decoder;  // copies of handles: the visitor's places are mutable
  for_each_tensor(handles, [&](const std::string& name, at::Tensor& tensor, const Shape&) {
    tensors.emplace(name, tensor);
  });
  return tensors;
}

}  // namespace lightreasoner::model
