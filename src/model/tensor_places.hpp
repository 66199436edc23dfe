// SPDX-License-Identifier: Apache-2.0
/// The one list of a decoder's tensors: name in weight files, place, shape. Reading, planning and
/// writing share it.
#pragma once

#include "model/decoder.hpp"

#include <functional>
#include <string>
#include <vector>

namespace lightreasoner::model {

using Shape = std::vector<std::int64_t>;
using TensorVisitor = std::function<void(const std::string& name, at::Tensor&, const Shape&)>;

/// A decoder of this shape whose tensors are undefined.
[[nodiscard]] Decoder empty_decoder(const DecoderConfig& config);

/// Every tensor of a weight file: its name, its place in the decoder, the shape the configuration
/// gives it. A tied head is not in the list.
void for_each_tensor(Decoder& decoder, const TensorVisitor& visit);

}  // namespace lightreasoner::model
