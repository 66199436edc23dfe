// SPDX-License-Identifier: Apache-2.0
#include "examples/example.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <utility>

namespace lightreasoner::examples {
namespace {

/// Prompt and answer, which the examples of a problem share.
std::vector<std::int32_t> trajectory_of(const records::RecordBatch& batch, std::size_t problem) {
  std::vector<std::int32_t> ids;
  const auto append = [&](const std::vector<std::int32_t>& tokens,
                          const std::vector<std::uint64_t>& offsets) {
    const auto part =
        std::span(tokens).subspan(offsets[problem], offsets[problem + 1] - offsets[problem]);
    ids.insert(ids.end(), part.begin(), part.end());
  };
  append(batch.prompts.token_ids, batch.prompts.offsets);
  append(batch.steps.token_ids, batch.steps.offsets);
  return ids;
}

/// The text before a step, tokenised as one string with the prompt.
std::vector<std::int32_t> retokenised_prefix(const records::RecordBatch& batch, std::size_t problem,
                                             std::uint64_t step, const ExampleRules& rules) {
  const std::uint64_t first = batch.steps.offsets[problem];
  const auto generated = std::span(batch.steps.token_ids).subspan(first, step - first);
  return text::encode_prompt(rules.tokenizer, rules.prompt, batch.problems.questions[problem],
                             rules.tokenizer.decode(generated, false));
}

void append_labels(ExampleSet& set, const contrast::SoftLabels& labels, const ExampleRules& rules) {
  for (std::size_t label = 0; label + 1 < labels.offsets.size(); ++label) {
    for (std::uint64_t i = labels.offsets[label]; i < labels.offsets[label + 1]; ++i) {
      append_label_entry(set, labels.ids[i], labels.weights[i], rules);
    }
    set.label_offsets.push_back(set.label_ids.size());
  }
}

}  // namespace

void append_examples(ExampleSet& set, const records::RecordBatch& batch,
                     const ExampleRules& rules) {
  const contrast::SoftLabels labels =
      contrast::select_steps(batch.steps.contrasts, rules.contrast, batch.steps.offsets);
  std::size_t problem = 0;
  std::size_t last_stored = batch.num_problems();  // whose trajectory is the last one in the set
  for (const std::uint64_t step : labels.steps) {
    while (step >= batch.steps.offsets[problem + 1]) {
      ++problem;
    }
    if (rules.method.prefix == text::PrefixForm::text) {
      set.trajectories.push_back(retokenised_prefix(batch, problem, step, rules));
      append_example(set, set.trajectories.back().size(), rules);
      continue;
    }
    if (std::exchange(last_stored, problem) != problem) {
      set.trajectories.push_back(trajectory_of(batch, problem));
    }
    const std::uint64_t prompt_length =
        batch.prompts.offsets[problem + 1] - batch.prompts.offsets[problem];
    append_example(set, prompt_length + step - batch.steps.offsets[problem], rules);
  }
  append_labels(set, labels, rules);
}

void append_example(ExampleSet& set, std::uint64_t length, const ExampleRules& rules) {
  if (rules.method.max_prefix_tokens > 0) {
    length = std::min(length, rules.method.max_prefix_tokens);
  }
  support::require(length > 0, "a selected step has no token before it");
  set.examples.push_back({static_cast<std::uint32_t>(set.trajectories.size() - 1),
                          static_cast<std::uint32_t>(length)});
}

void append_label_entry(ExampleSet& set, std::int32_t id, float weight, const ExampleRules& rules) {
  if (rules.method.label_vocabulary == LabelVocabulary::head || id < rules.tokenizer.base_size()) {
    set.label_ids.push_back(id);
    set.label_weights.push_back(weight);
  }
}

}  // namespace lightreasoner::examples
