// SPDX-License-Identifier: Apache-2.0
/// Batched greedy generation in chunks of steps, and scoring of those chunks by another model.
#pragma once

#include "model/decoder.hpp"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <span>
#include <vector>

namespace lightreasoner::model {

struct GreedyOptions {
  std::int64_t max_new_tokens = 128;
  std::vector<std::int32_t> stop_ids = {};
  bool keep_logits = false;  ///< chunks carry their raw logits
};

/// Some steps of a batch. Row r of the chunk is prompt `rows[r]`; its steps first_step,
/// first_step + 1, ... are real up to `num_steps[r]` (a row ends with its stop token).
struct DecodedChunk {
  std::int64_t first_step = 0;
  std::vector<std::int64_t> rows;       // [active] prompt index
  std::vector<std::int64_t> num_steps;  // [active]
  at::Tensor tokens;                    // [active, steps] int64
  at::Tensor logits;                    // [active, steps, vocabulary] fp32, if kept
};

/// How far a model has read a batch of left-padded prompts and their continuations.
struct Reading {
  KvCache cache;
  std::vector<std::int64_t> rows;  ///< prompt indices still running
  TokenBatch next;                 ///< read next: the prompts, later the last token of each row
};

/// A batch of prompts being continued greedily; ties go to the lowest id. Rows that have ended are
/// dropped between chunks, so the order of work is a function of the prompts alone.
class GreedyDecoding {
 public:
  /// Throws UserError when a prompt and max_new_tokens together exceed the model's positions.
  GreedyDecoding(const Decoder& decoder, std::span<const std::vector<std::int32_t>> prompts,
                 GreedyOptions options);

  [[nodiscard]] bool done() const { return reading_.rows.empty(); }
  /// Runs up to `steps` further steps of every unfinished row. Each token is computed from cached
  /// keys and values; stops early when all rows have ended.
  [[nodiscard]] DecodedChunk advance(std::int64_t steps);

 private:
  void drop_ended(const std::vector<bool>& has_stopped);

  const Decoder& decoder_;
  GreedyOptions options_;
  Reading reading_;
  std::int64_t step_ = 0;
};

/// A second model reading the same token ids: each chunk is scored in one pass over its tokens.
class ChunkScoring {
 public:
  ChunkScoring(const Decoder& decoder, std::span<const std::vector<std::int32_t>> prompts);

  /// Raw logits at the chunk's steps, [active, steps, vocabulary] fp32. Chunks must come in order;
  /// rows that a chunk no longer has are dropped for good.
  [[nodiscard]] at::Tensor score(const DecodedChunk& chunk);

 private:
  const Decoder& decoder_;
  Reading reading_;
  std::int64_t step_ = 0;
};

struct Continuation {
  std::vector<std::int32_t> ids;  ///< generated ids, the stop token included
  bool stopped = false;           ///< ended by a stop token, not by max_new_tokens
};

/// Greedy continuations of all prompts, in order.
[[nodiscard]] std::vector<Continuation> generate_greedy(
    const Decoder& decoder, std::span<const std::vector<std::int32_t>> prompts,
    const GreedyOptions& options);

}  // namespace lightreasoner::model
