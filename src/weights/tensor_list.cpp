// SPDX-License-Identifier: Apache-2.0
#include "weights/tensor_list.hpp"

#include "support/errors.hpp"

#include <array>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace lightreasoner::weights {
namespace {

/// A projection's place in the Hugging Face module tree.
struct ProjectionPlace {
  Projection projection;
  std::string_view name;
  std::string_view block;
};

constexpr std::array<ProjectionPlace, 7> projections{{
    {Projection::q_proj, "q_proj", "self_attn"},
    {Projection::k_proj, "k_proj", "self_attn"},
    {Projection::v_proj, "v_proj", "self_attn"},
    {Projection::o_proj, "o_proj", "self_attn"},
    {Projection::gate_proj, "gate_proj", "mlp"},
    {Projection::up_proj, "up_proj", "mlp"},
    {Projection::down_proj, "down_proj", "mlp"},
}};

const ProjectionPlace& find_projection(const std::string& name) {
  for (const ProjectionPlace& row : projections) {
    if (row.name == name) {
      return row;
    }
  }
  support::require(false, "unknown projection " + name);
  return projections[0];
}

bool has_bias(const DecoderConfig& config, Projection projection) {
  switch (projection) {
    case Projection::q_proj:
    case Projection::k_proj:
    case Projection::v_proj:
      return config.biases.qkv;
    case Projection::o_proj:
      return config.biases.output;
    case Projection::gate_proj:
    case Projection::up_proj:
    case Projection::down_proj:
      return config.biases.mlp;
  }
  return false;
}

/// Appends the tensors of one layer.
void list_layer(const DecoderConfig& config, std::int64_t layer, std::vector<ListedTensor>& list) {
  const std::string path = fmt::format("model.layers.{}.", layer);
  const auto add_norm = [&](TensorRole role, const char* name, std::int64_t size) {
    list.push_back(
        {.role = role, .layer = layer, .name = path + name + ".weight", .shape = {size}});
  };
  add_norm(TensorRole::input_norm, "input_layernorm", config.shape.hidden_size);
  add_norm(TensorRole::post_attention_norm, "post_attention_layernorm", config.shape.hidden_size);
  if (config.family.qk_norm) {
    add_norm(TensorRole::query_norm, "self_attn.q_norm", config.attention.head_dim);
    add_norm(TensorRole::key_norm, "self_attn.k_norm", config.attention.head_dim);
  }
  for (const auto& [projection, name, block] : projections) {
    const std::string module = fmt::format("{}{}.{}", path, block, name);
    const Shape shape = projection_shape(config, projection);
    list.push_back({TensorRole::projection_weight, layer, projection, module + ".weight", shape});
    if (has_bias(config, projection)) {
      list.push_back(
          {TensorRole::projection_bias, layer, projection, module + ".bias", {shape[0]}});
    }
  }
}

}  // namespace

std::vector<ListedTensor> list_tensors(const DecoderConfig& config) {
  const Shape table{config.shape.vocabulary, config.shape.hidden_size};
  std::vector<ListedTensor> list;
  list.push_back({.role = TensorRole::embedding, .name = embedding_name, .shape = table});
  for (std::int64_t layer = 0; layer < config.shape.num_layers; ++layer) {
    list_layer(config, layer, list);
  }
  list.push_back({.role = TensorRole::final_norm,
                  .name = "model.norm.weight",
                  .shape = {config.shape.hidden_size}});
  if (!config.tied_head) {
    list.push_back({.role = TensorRole::head, .name = head_name, .shape = table});
  }
  return list;
}

const std::vector<std::string>& projection_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    result.reserve(projections.size());
    for (const ProjectionPlace& row : projections) {
      result.emplace_back(row.name);
    }
    return result;
  }();
  return names;
}

Projection projection_of_name(const std::string& name) { return find_projection(name).projection; }

Shape projection_shape(const DecoderConfig& config, Projection projection) {
  const std::int64_t hidden = config.shape.hidden_size;
  const std::int64_t intermediate = config.shape.intermediate_size;
  switch (projection) {
    case Projection::q_proj:
      return {config.attention.query_features(), hidden};
    case Projection::k_proj:
    case Projection::v_proj:
      return {config.attention.key_features(), hidden};
    case Projection::o_proj:
      return {hidden, config.attention.query_features()};
    case Projection::gate_proj:
    case Projection::up_proj:
      return {intermediate, hidden};
    case Projection::down_proj:
      return {hidden, intermediate};
  }
  return {};
}

std::string projection_path(std::int64_t layer, const std::string& name) {
  return fmt::format("model.layers.{}.{}.{}", layer, find_projection(name).block, name);
}

}  // namespace lightreasoner::weights
