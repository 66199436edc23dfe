// SPDX-License-Identifier: Apache-2.0
/// Training examples: selected steps with their soft labels and prefixes.
#pragma once

#include "contrast/select_steps.hpp"
#include "examples/config.hpp"
#include "records/record_batch.hpp"
#include "text/prompt.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lightreasoner::examples {

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
  std::vector<float> label_weights;  ///< those of an example sum to 1

  [[nodiscard]] std::size_t size() const { return examples.size(); }
};

/// How records become examples.
struct ExampleRules {
  const contrast::Config& contrast;
  const TuningMethod& method;
  const text::Tokenizer& tokenizer;  ///< the expert's
  const text::PromptFormat& prompt;
};

/// Appends the selected steps of a batch.
void append_examples(ExampleSet& set, const records::RecordBatch& batch, const ExampleRules& rules);

/// The two halves of one example, for examples of any origin: `length` tokens of the last
/// trajectory, cut as the rules say; and one token of its label, unless the label vocabulary leaves
/// it out. The caller ends the label in label_offsets.
void append_example(ExampleSet& set, std::uint64_t length, const ExampleRules& rules);
void append_label_entry(ExampleSet& set, std::int32_t id, float weight, const ExampleRules& rules);

}  // namespace lightreasoner::examples
