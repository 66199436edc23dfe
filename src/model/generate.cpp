// SPDX-License-Identifier: Apache-2.0
#include "model/generate.hpp"

#include "device/transfer.hpp"
#include "model/memory.hpp"
#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace lightreasoner::model {
namespace {

/// Steps between droppings of ended rows when nobody looks at the chunks.
constexpr std::int64_t steps_per_chunk = 16;

/// The lowest id among the largest of each row, [active]. (argmax returns the first of equals.)
at::Tensor greedy_ids(const at::Tensor& row_logits) { return row_logits.argmax(-1); }

/// As transformers' RepetitionPenaltyLogitsProcessor: seen ids' logits are divided by the penalty
/// where positive and multiplied by it where negative.
at::Tensor penalised(const at::Tensor& row_logits, const at::Tensor& seen, double penalty) {
  return at::where(seen, at::where(row_logits < 0, row_logits * penalty, row_logits / penalty),
                   row_logits);
}

/// Which ids each row holds, [rows, vocabulary] bool in the host's memory.
at::Tensor ids_in(TokenRows rows, std::int64_t vocabulary) {
  at::Tensor seen = at::zeros({std::ssize(rows), vocabulary}, at::kBool);
  for (std::int64_t row = 0; row < std::ssize(rows); ++row) {
    seen[row].index_fill_(0, at::tensor(rows[static_cast<std::size_t>(row)], at::kLong), true);
  }
  return seen;
}

/// [rows, length] int64, in the host's memory, as one list of ids a row.
std::vector<std::vector<std::int32_t>> to_rows(const at::Tensor& ids) {
  const auto values = ids.accessor<std::int64_t, 2>();
  std::vector<std::vector<std::int32_t>> rows(static_cast<std::size_t>(ids.size(0)));
  for (std::int64_t row = 0; row < ids.size(0); ++row) {
    for (std::int64_t place = 0; place < ids.size(1); ++place) {
      rows[static_cast<std::size_t>(row)].push_back(static_cast<std::int32_t>(values[row][place]));
    }
  }
  return rows;
}

bool contains(const std::vector<std::int32_t>& stop_ids, std::int64_t id) {
  return std::find(stop_ids.begin(), stop_ids.end(), id) != stop_ids.end();
}

}  // namespace

std::int64_t room_for_prompt(std::int64_t positions, std::int64_t max_new_tokens) {
  return std::max(positions - max_new_tokens, std::int64_t{0});
}

GreedyDecoding::GreedyDecoding(const Decoder& decoder, TokenRows prompts, GreedyOptions options)
    : decoder_(decoder),
      options_(std::move(options)),
      batch_(start_batch(prompts.size(), decoder.device())) {
  support::require(options_.max_new_tokens > 0, "max_new_tokens must be above 0");
  const std::int64_t positions = decoder.config.shape.max_positions;
  for (std::size_t row = 0; row < prompts.size(); ++row) {
    const auto length = static_cast<std::int64_t>(prompts[row].size());
    if (length == 0) {
      throw support::UserError(fmt::format("prompt {} of the batch has no tokens", row));
    }
    if (length > room_for_prompt(positions, options_.max_new_tokens)) {
      throw support::UserError(fmt::format(
          "prompt {} of the batch has {} tokens: with max_new_tokens = {} more it exceeds the "
          "model's {} positions (max_position_embeddings); lower max_new_tokens or leave out the "
          "long problem",
          row, length, options_.max_new_tokens, positions));
    }
  }
  append_tokens(batch_, decoder, prompts);
  if (options_.repetition_penalty != 1.0) {
    seen_ = device::to_device(ids_in(prompts, decoder.config.shape.vocabulary), decoder.device());
  }
}

at::Tensor GreedyDecoding::next_logits() {
  const at::Tensor hidden = hidden_states(decoder_, batch_.next, &batch_.cache);
  const at::Tensor raw = logits(decoder_, hidden.select(1, hidden.size(1) - 1));
  return seen_.defined() ? penalised(raw.to(at::kFloat), seen_, options_.repetition_penalty) : raw;
}

DecodedChunk GreedyDecoding::advance(std::int64_t steps) {
  support::require(!done() && steps > 0, "no rows or no steps to advance");
  const at::NoGradGuard no_gradients;
  steps = std::min(steps, options_.max_new_tokens - step_);
  const auto active = static_cast<std::int64_t>(batch_.rows.size());
  DecodedChunk chunk{.first_step = step_,
                     .rows = batch_.rows,
                     .num_steps = std::vector<std::int64_t>(batch_.rows.size(), 0),
                     .tokens = at::empty({active, steps}, at::kLong),
                     .logits = {}};
  if (options_.keep_logits) {
    chunk.logits =
        at::empty({active, steps, decoder_.config.shape.vocabulary},
                  at::TensorOptions(seen_.defined() ? at::kFloat : decoder_.head.scalar_type())
                      .device(decoder_.device()));
  }
  std::vector<bool> has_stopped(batch_.rows.size(), false);
  std::int64_t run = 0;
  while (run < steps && !std::all_of(has_stopped.begin(), has_stopped.end(), std::identity{})) {
    const at::Tensor row_logits = next_logits();
    const at::Tensor next = greedy_ids(row_logits);
    const at::Tensor ids = device::to_host(next);
    chunk.tokens.select(1, run).copy_(ids);
    if (options_.keep_logits) {
      chunk.logits.select(1, run).copy_(row_logits);
    }
    ++run;
    const auto* id = ids.const_data_ptr<std::int64_t>();
    for (std::size_t row = 0; row < has_stopped.size(); ++row) {
      if (!has_stopped[row]) {
        chunk.num_steps[row] = run;
        has_stopped[row] = contains(options_.stop_ids, id[row]);
      }
    }
    append_tokens(batch_, decoder_, to_rows(ids.unsqueeze(1)));
    if (seen_.defined()) {
      seen_.scatter_(1, next.unsqueeze(1), true);
    }
  }
  chunk.tokens = chunk.tokens.narrow(1, 0, run).contiguous();
  if (options_.keep_logits) {
    // A view: a copy would hold the largest tensor of all twice.
    chunk.logits = chunk.logits.narrow(1, 0, run);
  }
  step_ += run;
  drop_ended(has_stopped);
  return chunk;
}

void GreedyDecoding::drop_ended(const std::vector<bool>& has_stopped) {
  std::vector<std::int64_t> running;
  for (std::size_t row = 0; row < has_stopped.size() && step_ < options_.max_new_tokens; ++row) {
    if (!has_stopped[row]) {
      running.push_back(static_cast<std::int64_t>(row));
    }
  }
  if (running.size() < has_stopped.size()) {
    keep_rows(batch_, running);
    if (seen_.defined()) {
      seen_ = seen_.index_select(0, device::ids_to_device(running, seen_.device()));
    }
  }
}

std::uint64_t next_logit_bytes(const ModelSize& model, std::int64_t rows, bool penalised) {
  // One flag an id, where logits are negative, and four forms of fp32.
  const std::uint64_t of_penalty = penalised ? 2 + 4 * sizeof(float) : 0;
  const std::uint64_t raw = penalised && model.dtype == at::kFloat ? 0 : model.element_bytes();
  return num_elements(rows, model.config.shape.vocabulary) * (of_penalty + raw) +
         unfinished_logit_bytes(model, rows);
}

std::vector<Continuation> generate_greedy(const Decoder& decoder, TokenRows prompts,
                                          const GreedyOptions& options) {
  std::vector<Continuation> continuations(prompts.size());
  GreedyDecoding decoding(decoder, prompts, options);
  while (!decoding.done()) {
    const DecodedChunk chunk = decoding.advance(steps_per_chunk);
    const auto tokens = chunk.tokens.accessor<std::int64_t, 2>();
    for (std::size_t i = 0; i < chunk.rows.size(); ++i) {
      Continuation& row = continuations[static_cast<std::size_t>(chunk.rows[i])];
      for (std::int64_t step = 0; step < chunk.num_steps[i]; ++step) {
        row.ids.push_back(static_cast<std::int32_t>(tokens[static_cast<std::int64_t>(i)][step]));
      }
      row.stopped = contains(options.stop_ids, row.ids.back());
    }
  }
  return continuations;
}

}  // namespace lightreasoner::model
