// SPDX-License-Identifier: Apache-2.0
/// A second model's logits where a first one has generated: it reads, it never generates.
#pragma once

#include "model/generate.hpp"
#include "model/memory.hpp"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace lightreasoner::model {

/// How a model reads tokens of another one.
struct ReadingRules {
  /// What stands for an id that means something else here, one token or several.
  std::map<std::int32_t, std::vector<std::int32_t>> translations = {};
  std::optional<std::int32_t> hidden_id = std::nullopt;  ///< a token no place attends to
};

/// Scores a generation chunk by chunk, each in one pass over its tokens.
class ChunkScoring {
 public:
  /// `prompts` are this model's own ids.
  ChunkScoring(const Decoder& decoder, TokenRows prompts, ReadingRules rules = {});

  /// Raw logits at the chunk's steps, [active, steps, vocabulary] in the model's type. Chunks must
  /// come in order; rows that a chunk no longer has are dropped for good.
  [[nodiscard]] at::Tensor score(const DecodedChunk& chunk);

 private:
  void keep_rows_of(const DecodedChunk& chunk);

  const Decoder& decoder_;
  ReadingRules rules_;
  RunningBatch batch_;
  std::vector<std::vector<std::int32_t>> unread_;  ///< [running rows] read with the next chunk
  std::int64_t step_ = 0;
};

/// What a chunk's logits take beside the [rows, vocabulary] that ChunkScoring::score returns.
[[nodiscard]] std::uint64_t scoring_bytes(const ModelSize& model, std::int64_t rows);

/// Raw logits after the last token of each row, [rows, vocabulary] in the model's type, in one
/// pass.
[[nodiscard]] at::Tensor last_logits(const Decoder& decoder, TokenRows rows,
                                     std::optional<std::int32_t> hidden_id);

}  // namespace lightreasoner::model
