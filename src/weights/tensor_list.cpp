// SPDX-License-Identifier: Apache-2.0
#include "weights/tensor_list.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace lightreasoner::weights {
namespace {

/// A projection's place in the Hugging Face module tree.
struct ProjectionPlace {
  std::string_view name;
  std::string_view block;
};

/// In the order of Projection's values.
constexpr std::array<ProjectionPlace, projections.size()> places{{
    {"q_proj", "self_attn"},
    {"k_proj", "self_attn"},
    {"v_proj", "self_attn"},
    {"o_proj", "self_attn"},
    {"gate_proj", "mlp"},
    {"up_proj", "mlp"},
    {"down_proj", "mlp"},
}};

const ProjectionPlace& place_of(Projection projection) {
  return places.at(static_cast<std::size_t>(projection));
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
  for (const Projection projection : projections) {
    const std::string module = projection_path(layer, projection);
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

std::string name_of(Projection projection) { return std::string(place_of(projection).name); }

std::optional<Projection> find_projection(std::string_view name) {
  const auto* const found =
      std::find_if(projections.begin(), projections.end(),
                   [&](Projection projection) { return place_of(projection).name == name; });
  return found == projections.end() ? std::nullopt : std::optional(*found);
}

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

std::string projection_path(std::int64_t layer, Projection projection) {
  const ProjectionPlace& place = place_of(projection);
  return fmt::format("model.layers.{}.{}.{}", layer, place.block, place.name);
}

}  // namespace lightreasoner::weights
