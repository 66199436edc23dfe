// SPDX-License-Identifier: Apache-2.0
#include "examples/record_in_words.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fmt/format.h>
#include <span>
#include <utility>
#include <vector>

namespace lightreasoner::examples {
namespace {

/// A token as it is shown in a column: quoted, line breaks spelled out.
std::string shown(const text::Tokenizer& tokenizer, std::int32_t id) {
  std::string text = "'";
  for (const char character : tokenizer.token_text(id)) {
    text += character == '\n' ? std::string("\\n") : std::string(1, character);
  }
  return text + "'";
}

std::string label_in_words(const text::Tokenizer& tokenizer, const contrast::SoftLabels& labels,
                           std::size_t label) {
  std::vector<std::pair<float, std::int32_t>> entries;
  for (std::uint64_t i = labels.offsets[label]; i < labels.offsets[label + 1]; ++i) {
    entries.emplace_back(labels.weights[i], labels.ids[i]);
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& left, const auto& right) { return left.first > right.first; });
  std::string words;
  for (const auto& [weight, id] : entries) {
    words += fmt::format("{}{} {:.3f}", words.empty() ? "" : ", ", shown(tokenizer, id), weight);
  }
  return words;
}

std::size_t index_of_problem(const records::RecordBatch& batch, std::uint64_t problem) {
  const auto found =
      std::lower_bound(batch.problems.ids.begin(), batch.problems.ids.end(), problem);
  support::require(found != batch.problems.ids.end() && *found == problem,
                   "the batch does not hold this problem");
  return static_cast<std::size_t>(found - batch.problems.ids.begin());
}

std::string steps_in_words(const text::Tokenizer& tokenizer, const records::RecordBatch& batch,
                           std::size_t index, const contrast::Config& config) {
  contrast::StepContrasts steps;
  const std::uint64_t first = batch.steps.offsets[index];
  contrast::append_steps(steps, batch.steps.contrasts, first, batch.steps.offsets[index + 1]);
  const std::array<std::uint64_t, 2> whole{0, steps.num_steps()};
  const contrast::SoftLabels labels = contrast::select_steps(steps, config, whole);
  std::string lines = fmt::format("{:>5}  {:<14} {:>8} {:>8} {:>8}  {}\n", "step", "token", "D_t",
                                  "H expert", "H amat.", "soft label of selected steps");
  std::size_t label = 0;
  for (std::size_t step = 0; step < steps.num_steps(); ++step) {
    const bool selected = label < labels.steps.size() && labels.steps[label] == step;
    lines +=
        fmt::format("{:>4}{}  {:<14} {:>8.4f} {:>8.4f} {:>8.4f}  {}\n", step, selected ? "*" : " ",
                    shown(tokenizer, batch.steps.token_ids[first + step]), steps.kl[step],
                    steps.expert.entropy[step], steps.amateur.entropy[step],
                    selected ? label_in_words(tokenizer, labels, label) : "");
    label += selected ? 1 : 0;
  }
  lines += fmt::format("* selected: D_t >= {} (contrast.kl_beta); {} of {} steps\n", config.kl_beta,
                       labels.steps.size(), steps.num_steps());
  return lines;
}

}  // namespace

std::string record_in_words(const records::RecordBatch& batch, std::uint64_t problem_id,
                            const contrast::Config& config, const text::Tokenizer& tokenizer) {
  const std::size_t index = index_of_problem(batch, problem_id);
  const std::uint64_t first = batch.steps.offsets[index];
  const auto tokens =
      std::span(batch.steps.token_ids).subspan(first, batch.steps.offsets[index + 1] - first);
  const bool stopped = batch.problems.finish_reasons[index] == records::FinishReason::stop;
  return fmt::format("problem {} ({})\n  {}\n\nexpert's answer ({} tokens, {})\n  {}\n\n{}",
                     problem_id, batch.problems.text_ids[index], batch.problems.questions[index],
                     tokens.size(), stopped ? "ended by itself" : "cut at sampling.max_new_tokens",
                     tokenizer.decode(tokens, true),
                     steps_in_words(tokenizer, batch, index, config));
}

}  // namespace lightreasoner::examples
