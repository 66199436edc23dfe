// SPDX-License-Identifier: Apache-2.0
#include "model/tensor_places.hpp"

#include "support/errors.hpp"

#include <array>
#include <fmt/format.h>
#include <string_view>

namespace lightreasoner::model {
namespace {

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

bool has_bias(const DecoderConfig& config, const Projection& row) {
  if (row.block == "mlp") return config.mlp_bias;
  return row.name == "o_proj" ? config.output_bias : config.qkv_bias;
}

}  // namespace

Decoder empty_decoder(const DecoderConfig& config) {
  Decoder decoder;
  decoder.config = config;
  decoder.layers.resize(static_cast<std::size_t>(config.num_layers));
  return decoder;
}

void for_each_tensor(Decoder& decoder, const TensorVisitor& visit) {
  const DecoderConfig& config = decoder.config;
  visit("model.embed_tokens.weight", decoder.embedding, {config.vocabulary, config.hidden_size});
  for (std::int64_t i = 0; i < config.num_layers; ++i) {
    Layer& layer = decoder.layers.at(static_cast<std::size_t>(i));
    const std::string path = fmt::format("model.layers.{}.", i);
    visit(path + "input_layernorm.weight", layer.input_norm, {config.hidden_size});
    visit(path + "post_attention_layernorm.weight", layer.post_attention_norm,
          {config.hidden_size});
    if (config.family.qk_norm) {
      visit(path + "self_attn.q_norm.weight", layer.q_norm, {config.head_dim});
      visit(path + "self_attn.k_norm.weight", layer.k_norm, {config.head_dim});
    }
    for (const Projection& row : projections) {
      Linear& linear = layer.*row.member;
      const std::string name = fmt::format("{}{}.{}", path, row.block, row.name);
      const Shape shape = projection_shape(config, row.name);
      visit(name + ".weight", linear.weight, shape);
      if (has_bias(config, row)) {
        visit(name + ".bias", linear.bias, {shape[0]});
      }
    }
  }
  visit("model.norm.weight", decoder.final_norm, {config.hidden_size});
  if (!config.tied_head) {
    visit("lm_head.weight", decoder.head, {config.vocabulary, config.hidden_size});
  }
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
