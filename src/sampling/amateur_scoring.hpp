// SPDX-License-Identifier: Apache-2.0
/// The amateur's logits at the steps the expert generates.
#pragma once

#include "model/score.hpp"
#include "problems/problem.hpp"
#include "sampling/config.hpp"
#include "sampling/pair.hpp"

#include <ATen/core/Tensor.h>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace lightreasoner::sampling {

/// Prefixes of texts run together; their logits are held at once.
inline constexpr std::size_t prefixes_per_pass = 16;

/// Reads one unit's prompts and the expert's chunks after them, in one of two ways: the expert's
/// token ids, each once and cached; or, as the released Python does, the text of every prefix
/// tokenised again and run alone (method.prefix = "text").
class AmateurScoring {
 public:
  /// `prompts` are the problems' in the expert's tokens, read as they are where the amateur has the
  /// expert's tokenizer.
  AmateurScoring(const Pair& pair, std::span<const problems::Problem> problems,
                 std::span<const std::vector<text::TokenId>> prompts, const SamplingMethod& method);

  /// Raw logits at the chunk's steps, [active, steps, amateur head] fp32; steps after a row's end
  /// hold finite values of no meaning. Chunks must come in order. Throws UserError naming problem,
  /// step and id when the amateur's head has no such id.
  [[nodiscard]] at::Tensor score(const model::DecodedChunk& chunk);

 private:
  [[noreturn]] void refuse(std::int64_t row, std::int64_t step, std::int64_t id) const;
  /// The chunk with ids that the amateur cannot read and need not put away.
  [[nodiscard]] model::DecodedChunk readable(const model::DecodedChunk& chunk);
  [[nodiscard]] at::Tensor score_texts(const model::DecodedChunk& chunk);

  const Pair& pair_;
  std::span<const problems::Problem> problems_;
  const text::Tokenizer& tokenizer_;
  std::optional<text::TokenId> hidden_id_;
  std::optional<model::ChunkScoring> by_ids_;
  std::map<std::int64_t, std::int64_t>
      unreadable_;  ///< row to its last id in the chunk, if unreadable
  std::vector<std::vector<text::TokenId>> generated_;  ///< [problem], kept for texts only
};

}  // namespace lightreasoner::sampling
