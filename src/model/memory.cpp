// SPDX-License-Identifier: Apache-2.0
#include "model/memory.hpp"

#include "model/tensor_places.hpp"

namespace lightreasoner::model {

ModelSize size_of(const Decoder& decoder, planning::ComputesOn computes_on) {
  return {decoder.config, decoder.embedding.scalar_type(), computes_on};
}

planning::MemoryLine blas_line(planning::ComputesOn computes_on) {
  const bool is_cpu = computes_on == planning::ComputesOn::cpu;
  return {"BLAS work space", is_cpu ? blas_bytes : 0, "models.dtype"};
}

std::uint64_t weight_bytes(const Decoder& decoder) {
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : named_tensors(decoder)) {
    bytes += tensor.nbytes();
  }
  return bytes;
}

}  // namespace lightreasoner::model
