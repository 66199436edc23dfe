// SPDX-License-Identifier: Apache-2.0
/// Where a decoder keeps each of its listed tensors.
#pragma once

#include "model/decoder.hpp"
#include "weights/safetensors.hpp"
#include "weights/tensor_list.hpp"

#include <ATen/core/Tensor.h>
#include <string>

namespace lightreasoner::model {

/// A decoder of this shape whose tensors are undefined.
[[nodiscard]] Decoder empty_decoder(const weights::DecoderConfig& config);

/// The tensor's place in a decoder of its configuration.
[[nodiscard]] at::Tensor& place_of(Decoder& decoder, const weights::ListedTensor& tensor);

/// Tensors under their Hugging Face names, as save_pretrained would write them (no head when tied).
[[nodiscard]] weights::TensorMap named_tensors(const Decoder& decoder);

/// A layer's projection by its Hugging Face name ("q_proj"). Throws std::logic_error for a name
/// that is not in weights::projection_names().
[[nodiscard]] Linear& projection(Layer& layer, const std::string& name);
[[nodiscard]] const Linear& projection(const Layer& layer, const std::string& name);

}  // namespace lightreasoner::model
