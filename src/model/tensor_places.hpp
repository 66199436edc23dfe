// SPDX-License-Identifier: Apache-2.0
/// Where a decoder keeps each of its listed tensors.
#pragma once

#include "model/decoder.hpp"
#include "weights/safetensors.hpp"
#include "weights/tensor_list.hpp"

#include <ATen/core/Tensor.h>

namespace lightreasoner::model {

/// A decoder of this shape whose tensors are undefined.
[[nodiscard]] Decoder empty_decoder(const weights::DecoderConfig& config);

/// The tensor's place in a decoder of its configuration.
[[nodiscard]] at::Tensor& place_of(Decoder& decoder, const weights::ListedTensor& tensor);

/// Tensors under their Hugging Face names, as save_pretrained would write them (no head when tied).
[[nodiscard]] weights::TensorMap named_tensors(const Decoder& decoder);

/// Where a layer keeps a projection.
[[nodiscard]] Linear& place_of(Layer& layer, weights::Projection projection);
[[nodiscard]] const Linear& place_of(const Layer& layer, weights::Projection projection);

}  // namespace lightreasoner::model
