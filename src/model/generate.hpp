// SPDX-License-Identifier: Apache-2.0
/// Batched greedy generation in chunks of steps.
#pragma once

#include "model/running_batch.hpp"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <vector>

namespace lightreasoner::model {

struct GreedyOptions {
  std::int64_t max_new_tokens = 128;
  std::vector<std::int32_t> stop_ids = {};
  bool keep_logits = false;         ///< chunks carry the logits that were decided on, in the
                                    ///< model's type, or in fp32 where a penalty changed them
  double repetition_penalty = 1.0;  ///< logits of ids seen in the row are made this much weaker
};

/// Some steps of a batch. Row r of the chunk is prompt `rows[r]`; its steps first_step,
/// first_step + 1, ... are real up to `num_steps[r]` (a row ends with its stop token).
struct DecodedChunk {
  std::int64_t first_step = 0;
  std::vector<std::int64_t> rows;       // [active] prompt index
  std::vector<std::int64_t> num_steps;  // [active]
  at::Tensor tokens;                    // [active, steps] int64
  at::Tensor logits;  // [active, steps, vocabulary], if kept; each row's steps are contiguous
};

/// Tokens that a prompt may have where so many more are to follow; 0 where there is no room.
[[nodiscard]] std::int64_t room_for_prompt(std::int64_t positions, std::int64_t max_new_tokens);

/// A batch of prompts being continued greedily; ties go to the lowest id. Rows that have ended are
/// dropped between chunks, so the order of work is a function of the prompts alone.
class GreedyDecoding {
 public:
  /// Throws UserError when a prompt and max_new_tokens together exceed the model's positions.
  GreedyDecoding(const Decoder& decoder, TokenRows prompts, GreedyOptions options);

  [[nodiscard]] bool done() const { return batch_.rows.empty(); }
  /// Runs up to `steps` further steps of every unfinished row. Each token is computed from cached
  /// keys and values; stops early when all rows have ended.
  [[nodiscard]] DecodedChunk advance(std::int64_t steps);

 private:
  /// Logits of the next token of every running row, [active, vocabulary].
  [[nodiscard]] at::Tensor next_logits();
  void drop_ended(const std::vector<bool>& has_stopped);

  const Decoder& decoder_;
  GreedyOptions options_;
  RunningBatch batch_;
  at::Tensor seen_;  // [active, vocabulary] bool, kept for a repetition penalty only
  std::int64_t step_ = 0;
};

struct Continuation {
  std::vector<std::int32_t> ids;  ///< generated ids, the stop token included
  bool stopped = false;           ///< ended by a stop token, not by max_new_tokens
};

/// Greedy continuations of all prompts, in order.
[[nodiscard]] std::vector<Continuation> generate_greedy(const Decoder& decoder, TokenRows prompts,
                                                        const GreedyOptions& options);

}  // namespace lightreasoner::model
