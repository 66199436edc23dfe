// SPDX-License-Identifier: Apache-2.0
/// The order in which examples are tuned on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace lightreasoner::examples {

/// Which example comes at which position of the endless order.
class SampleOrder {
 public:
  /// Epoch after epoch, each a Philox Fisher-Yates permutation of [0, num_examples) keyed by
  /// (seed, epoch). Positions may be asked for in any order; a change of epoch costs a shuffle.
  SampleOrder(std::uint64_t num_examples, std::uint64_t seed);
  /// The given examples, over and over.
  explicit SampleOrder(std::vector<std::uint64_t> examples);
  [[nodiscard]] std::uint64_t at(std::uint64_t position);

 private:
  void shuffle(std::uint64_t epoch);

  std::uint64_t num_examples_;
  std::optional<std::uint64_t> seed_;  ///< none: permutation_ is the order of every epoch
  std::uint64_t epoch_ = 0;            ///< of permutation_
  std::vector<std::uint64_t> permutation_;
};

/// Reads an order file: one whole number a line. Throws UserError naming file and line.
[[nodiscard]] std::vector<std::uint64_t> parse_order(std::string_view text,
                                                     const std::filesystem::path& file);

}  // namespace lightreasoner::examples
