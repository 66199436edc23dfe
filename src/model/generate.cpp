// SPDX-License-Identifier: Apache-2.0
#include "model/generate.hpp"

#include "support/errors.hpp"

#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace lightreasoner::model {
namespace {

/// Steps between droppings of ended rows when nobody looks at the chunks.
constexpr std::int64_t steps_per_chunk = 16;

using Prompts = std::span<const std::vector<std::int32_t>>;

/// Prompts as one batch whose last column is every row's last token.
Reading start_reading(const Decoder& decoder, Prompts prompts) {
  std::size_t longest = 0;
  for (std::size_t row = 0; row < prompts.size(); ++row) {
    if (prompts[row].empty()) {
      throw support::UserError(fmt::format("prompt {} of the batch has no tokens", row));
    }
    longest = std::max(longest, prompts[row].size());
  }
  const auto rows = static_cast<std::int64_t>(prompts.size());
  const auto columns = static_cast<std::int64_t>(longest);
  const at::Tensor ids = at::zeros({rows, columns}, at::kLong);
  const at::Tensor positions = at::zeros({rows, columns}, at::kLong);
  const at::Tensor is_token = at::zeros({rows, columns}, at::kBool);
  Reading reading;
  for (std::size_t row = 0; row < prompts.size(); ++row) {
    const std::size_t begin = row * longest + longest - prompts[row].size();
    for (std::size_t i = 0; i < prompts[row].size(); ++i) {
      const std::int32_t id = prompts[row][i];
      support::require(id >= 0 && id < decoder.config.vocabulary, "a token id out of vocabulary");
      ids.mutable_data_ptr<std::int64_t>()[begin + i] = id;
      positions.mutable_data_ptr<std::int64_t>()[begin + i] = static_cast<std::int64_t>(i);
      is_token.mutable_data_ptr<bool>()[begin + i] = true;
    }
    reading.rows.push_back(static_cast<std::int64_t>(row));
  }
  reading.next = {ids, positions, is_token};
  return reading;
}

/// Keeps the rows at the given places among those still running.
void keep_rows(Reading& reading, const std::vector<std::int64_t>& places) {
  const at::Tensor index = at::tensor(places, at::kLong);
  reading.cache.keep_rows(index);
  for (at::Tensor* tensor : {&reading.next.ids, &reading.next.positions, &reading.next.is_token}) {
    *tensor = tensor->index_select(0, index);
  }
  std::vector<std::int64_t> kept;
  for (const std::int64_t place : places) {
    kept.push_back(reading.rows[static_cast<std::size_t>(place)]);
  }
  reading.rows = std::move(kept);
}

/// `ids` [active, n] follow what has been read.
void follow_with(Reading& reading, const at::Tensor& ids) {
  TokenBatch& next = reading.next;
  const at::Tensor last_position = next.positions.narrow(1, next.positions.size(1) - 1, 1);
  next.positions = last_position + at::arange(1, ids.size(1) + 1);
  next.is_token = at::cat({next.is_token, at::ones(ids.sizes(), at::kBool)}, 1);
  next.ids = ids;
}

/// The lowest id among the largest of each row, [active]. (argmax returns the first of equals.)
at::Tensor greedy_ids(const at::Tensor& row_logits) { return row_logits.argmax(-1); }

bool contains(const std::vector<std::int32_t>& stop_ids, std::int64_t id) {
  return std::find(stop_ids.begin(), stop_ids.end(), id) != stop_ids.end();
}

}  // namespace

GreedyDecoding::GreedyDecoding(const Decoder& decoder, Prompts prompts, GreedyOptions options)
    : decoder_(decoder), options_(std::move(options)), reading_(start_reading(decoder, prompts)) {
  support::require(options_.max_new_tokens > 0, "max_new_tokens must be above 0");
  for (std::size_t row = 0; row < prompts.size(); ++row) {
    const auto length = static_cast<std::int64_t>(prompts[row].size());
    if (length + options_.max_new_tokens > decoder.config.max_positions) {
      throw support::UserError(fmt::format(
          "prompt {} of the batch has {} tokens: with sampling.max_new_tokens = {} more it exceeds "
          "the model's {} positions (max_position_embeddings); lower sampling.max_new_tokens or "
          "leave out the long problem",
          row, length, options_.max_new_tokens, decoder.config.max_positions));
    }
  }
}

DecodedChunk GreedyDecoding::advance(std::int64_t steps) {
  support::require(!done() && steps > 0, "no rows or no steps to advance");
  const at::NoGradGuard no_gradients;
  steps = std::min(steps, options_.max_new_tokens - step_);
  const auto active = static_cast<std::int64_t>(reading_.rows.size());
  DecodedChunk chunk{.first_step = step_,
                     .rows = reading_.rows,
                     .num_steps = std::vector<std::int64_t>(reading_.rows.size(), 0),
                     .tokens = at::empty({active, steps}, at::kLong),
                     .logits = {}};
  if (options_.keep_logits) {
    chunk.logits = at::empty({active, steps, decoder_.config.vocabulary}, at::kFloat);
  }
  std::vector<bool> has_stopped(reading_.rows.size(), false);
  std::int64_t run = 0;
  while (run < steps && !std::all_of(has_stopped.begin(), has_stopped.end(), std::identity{})) {
    const at::Tensor hidden = hidden_states(decoder_, reading_.next, &reading_.cache);
    const at::Tensor row_logits = logits(decoder_, hidden.select(1, hidden.size(1) - 1));
    const at::Tensor ids = greedy_ids(row_logits);
    chunk.tokens.select(1, run).copy_(ids);
    if (options_.keep_logits) {
      chunk.logits.select(1, run).copy_(row_logits);
    }
    ++run;
    const std::int64_t* id = ids.const_data_ptr<std::int64_t>();
    for (std::size_t row = 0; row < has_stopped.size(); ++row) {
      if (!has_stopped[row]) {
        chunk.num_steps[row] = run;
        has_stopped[row] = contains(options_.stop_ids, id[row]);
      }
    }
    follow_with(reading_, ids.unsqueeze(1));
  }
  chunk.tokens = chunk.tokens.narrow(1, 0, run).contiguous();
  if (options_.keep_logits) {
    chunk.logits = chunk.logits.narrow(1, 0, run).contiguous();
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
    keep_rows(reading_, running);
  }
}

ChunkScoring::ChunkScoring(const Decoder& decoder, Prompts prompts)
    : decoder_(decoder), reading_(start_reading(decoder, prompts)) {}

at::Tensor ChunkScoring::score(const DecodedChunk& chunk) {
  support::require(chunk.first_step == step_, "chunks must be scored in order");
  const at::NoGradGuard no_gradients;
  if (chunk.rows.size() < reading_.rows.size()) {
    std::vector<std::int64_t> places;
    for (const std::int64_t row : chunk.rows) {
      const auto place = std::find(reading_.rows.begin(), reading_.rows.end(), row);
      support::require(place != reading_.rows.end(), "a chunk with a row that was dropped before");
      places.push_back(place - reading_.rows.begin());
    }
    keep_rows(reading_, places);
  }
  const std::int64_t steps = chunk.tokens.size(1);
  // The chunk's last token is read with the next chunk: nothing here depends on it.
  TokenBatch& next = reading_.next;
  const at::Tensor first_ids = next.ids;
  const at::Tensor first_positions = next.positions;
  if (steps > 1) {
    follow_with(reading_, chunk.tokens.narrow(1, 0, steps - 1));
    next.ids = at::cat({first_ids, next.ids}, 1);
    next.positions = at::cat({first_positions, next.positions}, 1);
  }
  const at::Tensor hidden = hidden_states(decoder_, next, &reading_.cache);
  const at::Tensor scores =
      logits(decoder_, hidden.narrow(1, hidden.size(1) - steps, steps).contiguous());
  follow_with(reading_, chunk.tokens.narrow(1, steps - 1, 1));
  step_ += steps;
  return scores;
}

std::vector<Continuation> generate_greedy(const Decoder& decoder, Prompts prompts,
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
