// SPDX-License-Identifier: Apache-2.0
/// A weight file's bytes, as they arrive, to their places in memory.
#pragma once

#include "model/weight_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lightreasoner::model {

/// Takes one file of a plan in pieces of any sizes, in order, and puts its tensors into memory in
/// the plan's dtype, rounding to nearest even where that is narrower.
class WeightWriter {
 public:
  /// `memory` has plan.num_bytes, its start aligned as any element is. Both outlive the writer.
  WeightWriter(const WeightPlan& plan, std::size_t file, std::span<std::byte> memory);

  /// The file's next bytes. Throws UserError when its head is not the one the plan was made from.
  void write(std::span<const std::byte> piece);

 private:
  void check_head(std::span<const std::byte> piece) const;
  /// The next bytes of a tensor, `done` of which have come before.
  void write_tensor(const TensorRoute& route, std::uint64_t done, std::span<const std::byte> bytes);

  const WeightPlan& plan_;
  const WeightFile& file_;
  std::span<std::byte> memory_;
  std::uint64_t position_ = 0;         // in the file
  std::size_t route_ = 0;              // the first that is not complete
  std::vector<std::byte> unfinished_;  // an element that a piece has cut
};

}  // namespace lightreasoner::model
