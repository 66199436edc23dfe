// SPDX-License-Identifier: Apache-2.0
#include "model/tensor_places.hpp"

#include "support/errors.hpp"

namespace lightreasoner::model {
namespace {

using weights::Projection;
using weights::TensorRole;

/// Where a layer keeps a projection.
Linear Layer::*member_of(Projection projection) {
  switch (projection) {
    case Projection::q_proj:
      return &Layer::q_proj;
    case Projection::k_proj:
      return &Layer::k_proj;
    case Projection::v_proj:
      return &Layer::v_proj;
    case Projection::o_proj:
      return &Layer::o_proj;
    case Projection::gate_proj:
      return &Layer::gate_proj;
    case Projection::up_proj:
      return &Layer::up_proj;
    case Projection::down_proj:
      return &Layer::down_proj;
  }
  support::require(false, "a projection that layers do not have");
  return nullptr;
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
      return layer().q_norm;
    case TensorRole::key_norm:
      return layer().k_norm;
    case TensorRole::projection_weight:
      return (layer().*member_of(tensor.projection)).weight;
    case TensorRole::projection_bias:
      return (layer().*member_of(tensor.projection)).bias;
    case TensorRole::final_norm:
      return decoder.final_norm;
    case TensorRole::head:
      return decoder.head;
  }
  support::require(false, "a tensor that decoders do not have");
  return decoder.embedding;
}

weights::TensorMap named_tensors(const Decoder& decoder) {
  weights::TensorMap tensors;
  Decoder handles = decoder;  // copies of handles: places are mutable
  for (const weights::ListedTensor& tensor : weights::list_tensors(decoder.config)) {
    tensors.emplace(tensor.name, place_of(handles, tensor));
  }
  return tensors;
}

Linear& projection(Layer& layer, const std::string& name) {
  return layer.*member_of(weights::projection_of_name(name));
}

const Linear& projection(const Layer& layer, const std::string& name) {
  return layer.*member_of(weights::projection_of_name(name));
}

}  // namespace lightreasoner::model
