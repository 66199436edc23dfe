// SPDX-License-Identifier: Apache-2.0
/// How many bytes decoders hold, as functions of shapes alone. Each is defined beside the code that
/// allocates what it counts: decoder.cpp, score.cpp, generate.cpp; that of weights in memory.cpp.
#pragma once

#include "model/decoder.hpp"
#include "planning/memory_plan.hpp"
#include "weights/decoder_config.hpp"

#include <c10/core/ScalarType.h>
#include <cstdint>

namespace lightreasoner::model {

/// A model as a memory plan sees it.
struct ModelSize {
  weights::DecoderConfig config;
  at::ScalarType dtype = at::ScalarType::Float;
  planning::ComputesOn computes_on = planning::ComputesOn::cpu;
  bool hides_tokens = false;  ///< between others: attention goes by mask on any device

  [[nodiscard]] std::uint64_t element_bytes() const { return c10::elementSize(dtype); }
  [[nodiscard]] bool attends_by_mask() const {
    return computes_on == planning::ComputesOn::cpu || hides_tokens;
  }
};
[[nodiscard]] ModelSize size_of(const Decoder& decoder,
                                planning::ComputesOn computes_on = planning::ComputesOn::cpu);

[[nodiscard]] constexpr std::uint64_t num_elements(std::int64_t rows, std::int64_t row_length) {
  return static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(row_length);
}

/// Of all tensors, in memory; a tied head counts once.
[[nodiscard]] std::uint64_t weight_bytes(const Decoder& decoder);

/// A batch of rows being read or decoded.
struct BatchSize {
  std::int64_t rows = 0;
  std::int64_t length = 0;  ///< of the first pass: the longest prompt and what is read with it
  std::int64_t more = 0;    ///< places read afterwards
};

/// Keys and values of all layers at their last growth, with the layer that is copied just then.
[[nodiscard]] std::uint64_t kv_cache_bytes(const ModelSize& model, const BatchSize& batch);

/// The greatest sum of temporaries in one pass of `batch.length` new places without gradients.
[[nodiscard]] std::uint64_t pass_bytes(const ModelSize& model, const BatchSize& batch);

/// What all layers of one pass share: masks and rotary positions.
[[nodiscard]] std::uint64_t shared_pass_bytes(const ModelSize& model, const BatchSize& batch);

/// What one token leaves of a layer for the backward pass, adapters aside. Frozen weights need no
/// inputs kept.
[[nodiscard]] std::uint64_t kept_bytes_of_token(const ModelSize& model);
/// The gradients on their way through one layer, of one token.
[[nodiscard]] std::uint64_t gradient_bytes_of_token(const ModelSize& model);

/// What LibTorch's BLAS keeps for itself once it has worked: packed operands and, for bfloat16,
/// compiled kernels. Measured, about the same for any model.
inline constexpr std::uint64_t blas_bytes = std::uint64_t{12} << 20;
/// The line of it; a device's is among what budgets leave of its memory.
[[nodiscard]] planning::MemoryLine blas_line(planning::ComputesOn computes_on);

/// Rows of the head's logits in the model's type, or in fp32 where they are penalised.
[[nodiscard]] std::uint64_t logit_bytes(const ModelSize& model, std::int64_t rows, bool penalised);

/// What computing rows of the head's logits takes beside those: on a CPU that multiplies but does
/// not add in a narrower type than fp32, the fp32 sums.
[[nodiscard]] std::uint64_t unfinished_logit_bytes(const ModelSize& model, std::int64_t rows);

/// The next token's logits of every row while it is decided: as they are computed, and four forms
/// of fp32 where they are penalised.
[[nodiscard]] std::uint64_t next_logit_bytes(const ModelSize& model, std::int64_t rows,
                                             bool penalised);

}  // namespace lightreasoner::model
