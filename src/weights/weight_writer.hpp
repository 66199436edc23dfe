// SPDX-License-Identifier: Apache-2.0
/// A weight file's bytes, as they arrive, to their places in memory, and the tensors there.
#pragma once

#include "weights/safetensors.hpp"
#include "weights/weight_layout.hpp"

#include <ATen/core/Tensor.h>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace lightreasoner::weights {

/// Bytes of a file that are held at once while it is read.
inline constexpr std::size_t weight_piece_bytes = std::size_t{64} << 20;

/// Takes one file of a layout in pieces of any sizes, in order, and puts its tensors into memory in
/// the layout's dtype, rounding to nearest even where that is narrower.
class WeightWriter {
 public:
  /// `memory` has layout.num_bytes, its start aligned as any element is. Both outlive the writer.
  WeightWriter(const WeightLayout& layout, std::size_t file, std::span<std::byte> memory);

  /// The file's next bytes. Throws UserError when its head is not the one the layout was made from.
  void write(std::span<const std::byte> piece);

 private:
  void check_head(std::span<const std::byte> piece) const;
  /// The next bytes of a tensor, `done` of which have come before.
  void write_tensor(const TensorRoute& route, std::uint64_t done, std::span<const std::byte> bytes);

  const WeightLayout& layout_;
  const WeightFile& file_;
  std::span<std::byte> memory_;
  std::uint64_t position_ = 0;         // in the file
  std::size_t route_ = 0;              // the first that is not complete
  std::vector<std::byte> unfinished_;  // an element that a piece has cut
};

/// Reads all files of the layout in this process, `piece` bytes at a time: [layout.num_bytes]
/// uint8.
[[nodiscard]] at::Tensor read_weights(const WeightLayout& layout,
                                      std::size_t piece = weight_piece_bytes);

/// The layout's tensors in `memory`, by name. `owner` keeps the memory as long as any of them
/// lives. Nothing writes to it.
[[nodiscard]] TensorMap tensors_in(const WeightLayout& layout, std::span<const std::byte> memory,
                                   const std::shared_ptr<const void>& owner);

}  // namespace lightreasoner::weights
