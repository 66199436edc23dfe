// SPDX-License-Identifier: Apache-2.0
/// Dropout masks as a pure function of what is masked, so that they depend neither on batching nor
/// on rank.
#pragma once

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <vector>

namespace lightreasoner::lora {

/// Which draws a forward pass uses.
struct DropoutContext {
  std::uint64_t seed = 0;
  std::uint64_t iteration = 0;
  std::vector<std::uint64_t> sample_ids;  ///< [batch] rows of the pass; their places count from 0
};

/// Inverted dropout: 0 with the given probability, else 1 / (1 - probability), [batch, tokens,
/// features] fp32. Features 4 f .. 4 f + 3 are the four words of philox(counter, seed) with
///   counter[0] = sample id, low word
///   counter[1] = iteration, low word
///   counter[2] = module (12 bits) << 20 | token (20 bits)
///   counter[3] = RandomStream::dropout (8 bits) << 24 | f (24 bits)
/// so no two masks share a draw. An element is dropped when its word is below probability x 2^32.
/// Drawn on `device`, the same numbers everywhere. Throws std::logic_error when an index does not
/// fit its bits. Needs a kernels::Runtime.
[[nodiscard]] at::Tensor dropout_mask(const DropoutContext& context, std::uint32_t module,
                                      at::IntArrayRef shape, double probability, at::Device device);

}  // namespace lightreasoner::lora
