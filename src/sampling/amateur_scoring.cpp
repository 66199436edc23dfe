// SPDX-License-Identifier: Apache-2.0
#include "sampling/amateur_scoring.hpp"

#include "device/transfer.hpp"
#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace lightreasoner::sampling {
namespace {

std::vector<std::vector<text::TokenId>> encode_prompts(const text::Tokenizer& tokenizer,
                                                       const text::PromptFormat& prompt,
                                                       std::span<const problems::Problem> set) {
  std::vector<std::vector<text::TokenId>> prompts;
  for (const problems::Problem& problem : set) {
    prompts.push_back(text::encode_prompt(tokenizer, prompt, problem.question));
  }
  return prompts;
}

}  // namespace

AmateurScoring::AmateurScoring(const Pair& pair, std::span<const problems::Problem> problems,
                               std::span<const std::vector<text::TokenId>> prompts,
                               const SamplingMethod& method)
    : pair_(pair),
      problems_(problems),
      // Ids are the expert's where the vocabulary is cut, whatever the amateur means by them.
      tokenizer_(method.vocabulary == Vocabulary::cut ? pair.tokenizer : pair.amateur_tokenizer),
      generated_(problems.size()) {
  if (method.attention_mask == AttentionMask::not_pad) {
    hidden_id_ = pair.pad_id;
  }
  if (method.prefix == text::PrefixForm::ids) {
    std::vector<std::vector<text::TokenId>> own(prompts.begin(), prompts.end());
    if (&tokenizer_ != &pair.tokenizer) {
      own = encode_prompts(tokenizer_, pair.prompt, problems);
    }
    by_ids_.emplace(pair.amateur, std::move(own),
                    model::ReadingRules{pair.shared.translations, hidden_id_});
  }
}

at::Tensor AmateurScoring::score(const model::DecodedChunk& chunk) {
  return by_ids_ ? by_ids_->score(readable(chunk)) : score_texts(chunk);
}

void AmateurScoring::refuse(std::int64_t row, std::int64_t step, std::int64_t id) const {
  const problems::Problem& problem = problems_[static_cast<std::size_t>(row)];
  throw support::UserError(
      fmt::format("problem {} ({}), step {}: the expert generates id {}, which stands for no token "
                  "and is beyond "
                  "the {} ids of models.amateur's head; choose an amateur with a head as wide, or "
                  "method.prefix = \"text\"",
                  problem.id, problem.text_id, step, id, pair_.amateur.config.shape.vocabulary));
}

model::DecodedChunk AmateurScoring::readable(const model::DecodedChunk& chunk) {
  model::DecodedChunk result = chunk;
  result.tokens = chunk.tokens.clone();
  auto tokens = result.tokens.accessor<std::int64_t, 2>();
  const std::int64_t steps = result.tokens.size(1);
  const auto pending = std::exchange(unreadable_, {});
  for (std::size_t place = 0; place < chunk.rows.size(); ++place) {
    const std::int64_t row = chunk.rows[place];
    if (const auto last = pending.find(row); last != pending.end()) {
      refuse(row, chunk.first_step - 1, last->second);  // the row goes on: it has to be read
    }
    for (std::int64_t step = 0; step < steps; ++step) {
      std::int64_t& id = tokens[static_cast<std::int64_t>(place)][step];
      if (id < pair_.amateur.config.shape.vocabulary ||
          pair_.shared.translations.contains(static_cast<text::TokenId>(id))) {
        continue;
      }
      if (step + 1 < chunk.num_steps[place]) {
        refuse(row, chunk.first_step + step, id);
      }
      if (step + 1 == steps) {
        unreadable_[row] = id;
      }
      id = 0;  // nothing that counts follows it
    }
  }
  return result;
}

at::Tensor AmateurScoring::score_texts(const model::DecodedChunk& chunk) {
  const auto tokens = chunk.tokens.accessor<std::int64_t, 2>();
  const std::int64_t steps = chunk.tokens.size(1);
  std::vector<std::vector<text::TokenId>> prefixes;
  std::vector<std::int64_t> places;  // of each prefix in [active * steps]
  for (std::size_t row = 0; row < chunk.rows.size(); ++row) {
    const auto problem = static_cast<std::size_t>(chunk.rows[row]);
    const auto place = static_cast<std::int64_t>(row);
    for (std::int64_t step = 0; step < chunk.num_steps[row]; ++step) {
      const std::string text = pair_.tokenizer.decode(generated_[problem], false);
      prefixes.push_back(
          text::encode_prompt(tokenizer_, pair_.prompt, problems_[problem].question, text));
      places.push_back(place * steps + step);
      generated_[problem].push_back(static_cast<text::TokenId>(tokens[place][step]));
    }
  }
  const at::Device device = pair_.amateur.device();
  const at::Tensor scores =
      at::zeros({std::ssize(chunk.rows) * steps, pair_.amateur.config.shape.vocabulary},
                at::TensorOptions(at::kFloat).device(device));
  for (std::size_t first = 0; first < prefixes.size(); first += prefixes_per_pass) {
    const std::size_t count = std::min(prefixes_per_pass, prefixes.size() - first);
    const auto index = std::span(places).subspan(first, count);
    scores.index_copy_(
        0, device::ids_to_device(index, device),
        model::last_logits(pair_.amateur, std::span(prefixes).subspan(first, count), hidden_id_));
  }
  return scores.view({std::ssize(chunk.rows), steps, -1});
}

}  // namespace lightreasoner::sampling
