// SPDX-License-Identifier: Apache-2.0
/// One unit of sampling: a fixed micro-batch of problems in, their records out.
#pragma once

#include "model/decoder.hpp"
#include "problems/problem.hpp"
#include "records/record_batch.hpp"
#include "sampling/config.hpp"
#include "text/prompt.hpp"
#include "text/shared_vocabulary.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace lightreasoner::sampling {

/// The two models and the text between problems and token ids.
struct Pair {
  const model::Decoder& expert;
  const model::Decoder& amateur;
  const text::Tokenizer& tokenizer;  ///< the expert's
  const text::Tokenizer& amateur_tokenizer;
  const text::SharedVocabulary& shared;
  const text::PromptFormat& prompt;
  double repetition_penalty = 1.0;  ///< of the expert's generation, method.scores "processed"
  std::optional<text::TokenId> pad_id =
      std::nullopt;  ///< the expert's, for method.attention_mask "not_pad"
};

/// Expert greedy pass, amateur scoring of the same ids, contrast of every step. A pure function of
/// its arguments. Throws UserError naming problem and step when logits cannot be contrasted.
[[nodiscard]] records::RecordBatch sample_unit(const Pair& pair,
                                               std::span<const problems::Problem> problems,
                                               const Config& config, float plausibility_floor);

}  // namespace lightreasoner::sampling
