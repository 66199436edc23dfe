// SPDX-License-Identifier: Apache-2.0
#include "model/memory.hpp"

#include "model/tensor_places.hpp"

namespace lightreasoner::model {

ModelSize size_of(const Decoder& decoder) {
  return {decoder.config, decoder.embedding.scalar_type()};
}

std::uint64_t weight_bytes(const Decoder& decoder) {
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : named_tensors(decoder)) {
    bytes += tensor.nbytes();
  }
  return bytes;
}

}  // namespace lightreasoner::model
