// SPDX-License-Identifier: Apache-2.0
#include "examples/example.hpp"

#include "support/errors.hpp"

#include <algorithm>

namespace lightreasoner::examples {
namespace {

std::vector<std::int32_t> trajectory_of(const records::RecordBatch& batch, std::size_t problem) {
  const auto prompt =
      std::span(batch.prompts.token_ids)
          .subspan(batch.prompts.offsets[problem],
                   batch.prompts.offsets[problem + 1] - batch.prompts.offsets[problem]);
  const auto generated =
      std::span(batch.steps.token_ids)
          .subspan(batch.steps.offsets[problem],
                   batch.steps.offsets[problem + 1] - batch.steps.offsets[problem]);
  std::vector<std::int32_t> ids(prompt.begin(), prompt.end());
  ids.insert(ids.end(), generated.begin(), generated.end());
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

/// Adds the examples of one batch: those of a problem share its trajectory, or each has its own
/// text.
class ExampleWriter {
 public:
  ExampleWriter(ExampleSet& set, const records::RecordBatch& batch, const ExampleRules& rules)
      : set_(set), batch_(batch), rules_(rules) {}

  void add(std::size_t problem, std::uint64_t step) {
    std::uint64_t length = 0;
    if (rules_.method.prefix == "text") {
      set_.trajectories.push_back(retokenised_prefix(batch_, problem, step, rules_));
      length = set_.trajectories.back().size();
    } else {
      if (stored_ != problem) {
        set_.trajectories.push_back(trajectory_of(batch_, problem));
        stored_ = problem;
      }
      length = batch_.prompts.offsets[problem + 1] - batch_.prompts.offsets[problem] + step -
               batch_.steps.offsets[problem];
    }
    append_example(set_, length, rules_);
  }

 private:
  ExampleSet& set_;
  const records::RecordBatch& batch_;
  const ExampleRules& rules_;
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t stored_ = none;  // the problem whose trajectory is the last one in the set
};

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
  ExampleWriter writer(set, batch, rules);
  std::size_t problem = 0;
  for (const std::uint64_t step : labels.steps) {
    while (step >= batch.steps.offsets[problem + 1]) {
      ++problem;
    }
    writer.add(problem, step);
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
  if (rules.method.label_vocabulary == "head" || id < rules.tokenizer.base_size()) {
    set.label_ids.push_back(id);
    set.label_weights.push_back(weight);
  }
}

}  // namespace lightreasoner::examples
