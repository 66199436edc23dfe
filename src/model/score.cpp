// SPDX-License-Identifier: Apache-2.0
#include "model/score.hpp"

#include "device/transfer.hpp"
#include "model/memory.hpp"
#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <utility>

namespace lightreasoner::model {
namespace {

void append_token(const ReadingRules& rules, std::int32_t id, std::vector<std::int32_t>& row) {
  const auto other = rules.translations.find(id);
  if (other == rules.translations.end()) {
    row.push_back(id);
  } else {
    row.insert(row.end(), other->second.begin(), other->second.end());
  }
}

/// Hidden rows whose logits are computed at once where they are not fp32: only so many are held as
/// sums too.
constexpr std::int64_t rows_per_piece = 32;

/// As logits() of `hidden` [rows, hidden], with one tensor of that size at a time.
at::Tensor logits_of_rows(const Decoder& decoder, const at::Tensor& hidden) {
  if (decoder.head.scalar_type() == at::kFloat) {
    return logits(decoder, hidden);
  }
  const std::int64_t rows = hidden.size(0);
  at::Tensor all = at::empty({rows, decoder.config.shape.vocabulary}, hidden.options());
  for (std::int64_t first = 0; first < rows; first += rows_per_piece) {
    const std::int64_t count = std::min(rows_per_piece, rows - first);
    all.narrow(0, first, count).copy_(at::linear(hidden.narrow(0, first, count), decoder.head));
  }
  return all;
}

}  // namespace

ChunkScoring::ChunkScoring(const Decoder& decoder, TokenRows prompts, ReadingRules rules)
    : decoder_(decoder),
      rules_(std::move(rules)),
      batch_(start_batch(prompts.size(), decoder.device(), rules_.hidden_id)),
      unread_(prompts.begin(), prompts.end()) {}

void ChunkScoring::keep_rows_of(const DecodedChunk& chunk) {
  if (chunk.rows.size() == batch_.rows.size()) {
    return;
  }
  std::vector<std::int64_t> places;
  std::vector<std::vector<std::int32_t>> unread;
  for (const std::int64_t row : chunk.rows) {
    const auto place = std::find(batch_.rows.begin(), batch_.rows.end(), row);
    support::require(place != batch_.rows.end(), "a chunk with a row that was dropped before");
    places.push_back(place - batch_.rows.begin());
    unread.push_back(std::move(unread_[static_cast<std::size_t>(places.back())]));
  }
  keep_rows(batch_, places);
  unread_ = std::move(unread);
}

at::Tensor ChunkScoring::score(const DecodedChunk& chunk) {
  support::require(chunk.first_step == step_, "chunks must be scored in order");
  const at::NoGradGuard no_gradients;
  keep_rows_of(chunk);
  const std::int64_t steps = chunk.tokens.size(1);
  const auto tokens = chunk.tokens.accessor<std::int64_t, 2>();
  // A step's logits follow the token before it: the one the row ends with at that moment.
  std::vector<std::vector<std::int32_t>> rows = std::exchange(unread_, {});
  std::vector<std::vector<std::size_t>> lengths(rows.size());  // [row, step] ids before the step
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::int64_t step = 0; step < steps; ++step) {
      lengths[row].push_back(rows[row].size());
      const auto id = static_cast<std::int32_t>(tokens[static_cast<std::int64_t>(row)][step]);
      // The last token is read with the next chunk: nothing here depends on it.
      append_token(rules_, id, step + 1 < steps ? rows[row] : unread_.emplace_back());
    }
  }
  append_tokens(batch_, decoder_, rows);
  at::Tensor hidden = hidden_states(decoder_, batch_.next, &batch_.cache);
  std::vector<std::int64_t> flat;  // rows of hidden seen as [active * row_length, hidden]
  const std::int64_t row_length = hidden.size(1);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::int64_t row_end = static_cast<std::int64_t>(row + 1) * row_length;
    for (const std::size_t length : lengths[row]) {
      flat.push_back(row_end - static_cast<std::int64_t>(rows[row].size() - length) - 1);
    }
  }
  step_ += steps;
  hidden = hidden.flatten(0, 1).index_select(0, device::ids_to_device(flat, decoder_.device()));
  return logits_of_rows(decoder_, hidden).view({std::ssize(rows), steps, -1});
}

std::uint64_t logit_bytes(const ModelSize& model, std::int64_t rows, bool penalised) {
  return num_elements(rows, model.config.shape.vocabulary) *
         (penalised ? sizeof(float) : model.element_bytes());
}

std::uint64_t unfinished_logit_bytes(const ModelSize& model, std::int64_t rows) {
  return model.dtype == at::kFloat || model.computes_on == planning::ComputesOn::device
             ? 0
             : num_elements(rows, model.config.shape.vocabulary) * sizeof(float);
}

std::uint64_t scoring_bytes(const ModelSize& model, std::int64_t rows) {
  const std::int64_t piece = std::min(rows, rows_per_piece);
  return model.dtype == at::kFloat
             ? 0
             : logit_bytes(model, piece, false) + unfinished_logit_bytes(model, piece);
}

at::Tensor last_logits(const Decoder& decoder, TokenRows rows,
                       std::optional<std::int32_t> hidden_id) {
  const at::NoGradGuard no_gradients;
  RunningBatch batch = start_batch(rows.size(), decoder.device(), hidden_id);
  append_tokens(batch, decoder, rows);
  const at::Tensor hidden = hidden_states(decoder, batch.next, nullptr);
  return logits(decoder, hidden.select(1, hidden.size(1) - 1));
}

}  // namespace lightreasoner::model
