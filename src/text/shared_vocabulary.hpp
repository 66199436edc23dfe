// SPDX-License-Identifier: Apache-2.0
/// The tokens that expert and amateur have in common.
#pragma once

#include "text/tokenizer.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace lightreasoner::text {

/// A model's tokenizer and the width of its head, which may be more than the tokenizer has ids for.
struct Vocabulary {
  const Tokenizer& tokenizer;
  std::int64_t head_width = 0;
};

struct SharedVocabulary {
  std::vector<TokenId> expert_ids;   ///< [shared] ascending
  std::vector<TokenId> amateur_ids;  ///< [shared] the same tokens' ids in the amateur's head
  /// What the amateur reads for an expert's id that means another token to it, or none: its own id
  /// of the token, or the ids of the token's text.
  std::map<TokenId, std::vector<TokenId>> translations;
  bool is_leading = true;  ///< the shared tokens are ids 0, 1, ... of both heads
};

/// Throws UserError with the counts when the BPE models themselves differ: then no step of one is a
/// step of the other.
void require_comparable(const Tokenizer& expert, const Tokenizer& amateur);

/// Equal tokenizers share every id that both heads have, ids without a token included. Tokenizers
/// that differ in added tokens only share the tokens of equal spelling. Throws as
/// require_comparable.
[[nodiscard]] SharedVocabulary share_vocabulary(const Vocabulary& expert,
                                                const Vocabulary& amateur);

/// The ids below the narrower head's width, whatever they mean (what the released Python does).
[[nodiscard]] SharedVocabulary cut_vocabulary(std::int64_t expert_width,
                                              std::int64_t amateur_width);

}  // namespace lightreasoner::text
