// SPDX-License-Identifier: Apache-2.0
/// Expert and amateur, and the text between problems and token ids.
#pragma once

#include "model/decoder.hpp"
#include "text/prompt.hpp"
#include "text/shared_vocabulary.hpp"
#include "text/tokenizer.hpp"

#include <optional>

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

}  // namespace lightreasoner::sampling
