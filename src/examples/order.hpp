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

/// An order that a person has given (finetune.order_file).
struct GivenOrder {
  std::filesystem::path file = {};
  std::vector<std::uint64_t> samples = {};  ///< taken in this order, over and over; empty: no order
  std::vector<std::uint64_t> lines = {};    ///< [samples] 1-based places in the file
};

/// Reads an order file: one whole number a line, with "\n" or "\r\n"; blank lines are passed over.
/// Throws UserError naming file and line.
[[nodiscard]] GivenOrder parse_order(std::string_view text, const std::filesystem::path& file);

/// Throws UserError naming file and line where the order asks for more than the first
/// `num_samples`.
void require_samples(const GivenOrder& order, std::uint64_t num_samples);

}  // namespace lightreasoner::examples
