// SPDX-License-Identifier: Apache-2.0
/// Dropout masks drawn where they are used. The address is of the device that the mask is on;
/// nothing waits.
#pragma once

#include "support/philox.hpp"

#include <cstdint>

namespace lightreasoner::kernels {

/// Which numbers a mask is made of.
struct DropoutDraws {
  support::PhiloxKey key;
  const std::uint32_t* sample_ids;  ///< [num_rows], on the device; counter[0]
  std::uint32_t iteration;          ///< counter[1]
  std::uint32_t module_bits;        ///< counter[2] but for the token
  std::uint32_t stream_bits;        ///< counter[3] but for the draw
  std::uint32_t threshold;          ///< an element whose word is below is dropped
  float kept;                       ///< what the others are
};

/// [num_rows, num_tokens, num_features]
struct MaskShape {
  std::int64_t num_rows;
  std::int64_t num_tokens;
  std::int64_t num_features;
};

/// Writes 0 or `kept` into every element of `mask`: features 4 f .. 4 f + 3 of a row's token are by
/// the four words of philox({sample id, iteration, module_bits | token, stream_bits + f}, key).
void write_dropout_mask(const DropoutDraws& draws, const MaskShape& shape, float* mask);

}  // namespace lightreasoner::kernels
