// SPDX-License-Identifier: Apache-2.0
#include "model/tensor_places.hpp"

#include <stdexcept>

namespace lightreasoner::model {
namespace {

using weights::Projection;
using weights::TensorRole;

/// Where a layer, const or not, keeps a projection.
template <typename AnyLayer>
auto& place_in(AnyLayer& layer, Projection projection) {
  switch (projection) {
    case Projection::q_proj:
      return layer.attention.q_proj;
    case Projection::k_proj:
      return layer.attention.k_proj;
    case Projection::v_proj:
      return layer.attention.v_proj;
    case Projection::o_proj:
      return layer.attention.o_proj;
    case Projection::gate_proj:
      return layer.feed_forward.gate_proj;
    case Projection::up_proj:
      return layer.feed_forward.up_proj;
    case Projection::down_proj:
      return layer.feed_forward.down_proj;
  }
  throw std::logic_error("a projection that layers do not have");
}

}  // namespace

Decoder empty_decoder(const weights::DecoderConfig& config) {
  Decoder decoder;
  decoder.config = config;
  decoder.layers.resize(static_cast<std::size_t>(config.shape.num_layers));
  return decoder;
}

at::Tensor& place_of(Decoder& decoder, const weights::ListedTensor& tensor) {
  const auto layer = [&]() -> Layer& {
    return decoder.layers.at(static_cast<std::size_t>(tensor.layer));
  };
  switch (tensor.role) {
    case TensorRole::embedding:
      return decoder.embedding;
    case TensorRole::input_norm:
      return layer().input_norm;
    case TensorRole::post_attention_norm:
      return layer().post_attention_norm;
    case TensorRole::query_norm:
      return layer().attention.q_norm;
    case TensorRole::key_norm:
      return layer().attention.k_norm;
    case TensorRole::projection_weight:
      return place_in(layer(), tensor.projection).weight;
    case TensorRole::projection_bias:
      return place_in(layer(), tensor.projection).bias;
    case TensorRole::final_norm:
      return decoder.final_norm;
    case TensorRole::head:
      return decoder.head;
  }
  throw std::logic_error("a tensor that decoders do not have");
}

weights::TensorMap named_tensors(const Decoder& decoder) {
  weights::TensorMap tensors;
  Decoder handles = decoder;  // copies of handles: places are mutable
  for (const weights::ListedTensor& tensor : weights::list_tensors(decoder.config)) {
    tensors.emplace(tensor.name, place_of(handles, tensor));
  }
  return tensors;
}

Linear& place_of(Layer& layer, weights::Projection projection) {
  return place_in(layer, projection);
}

const Linear& place_of(const Layer& layer, weights::Projection projection) {
  return place_in(layer, projection);
}

}  // namespace lightreasoner::model
