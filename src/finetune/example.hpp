// SPDX-License-Identifier: Apache-2.0
/// Training examples: selected steps with their soft labels and prefixes, and their order.
#pragma once

#include "contrast/select_steps.hpp"
#include "records/record_batch.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace lightreasoner::finetune {

/// Examples share the token ids of their trajectories.
struct ExampleSet {
  struct Example {
    std::uint32_t trajectory = 0;     ///< index into trajectories
    std::uint32_t prefix_length = 0;  ///< tokens before the step: prompt + step
  };
  std::vector<std::vector<std::int32_t>> trajectories;  ///< prompt ids + generated ids
  std::vector<Example> examples;                        ///< in record order
  std::vector<std::uint64_t> label_offsets{0};          ///< [examples + 1]
  std::vector<std::int32_t> label_ids;
  std::vector<float> label_weights;  ///< sum 1 an example

  [[nodiscard]] std::size_t size() const { return examples.size(); }
};

/// Appends the selected steps of a batch.
void append_examples(ExampleSet& set, const records::RecordBatch& batch,
                     const contrast::Config& config);

/// The example at position `position` of the endless shuffled order: epoch after epoch, each a
/// Philox Fisher-Yates permutation of [0, num_examples) keyed by (seed, epoch). Positions may be
/// asked for in any order; a change of epoch costs a shuffle.
class SampleOrder {
 public:
  SampleOrder(std::uint64_t num_examples, std::uint64_t seed);
  [[nodiscard]] std::uint64_t at(std::uint64_t position);

 private:
  void shuffle(std::uint64_t epoch);

  std::uint64_t num_examples_;
  std::uint64_t seed_;
  std::uint64_t epoch_ = 0;  ///< of permutation_
  std::vector<std::uint64_t> permutation_;
};

}  // namespace lightreasoner::finetune
