// SPDX-License-Identifier: Apache-2.0
/// How examples are made of records: what the released Python does otherwise than the paper.
#pragma once

#include "text/prompt.hpp"

#include <cstdint>

namespace lightreasoner::examples {

/// Which ids a label may hold: the head's, or those of the tokenizer without added tokens.
enum class LabelVocabulary { head, tokenizer };
/// Where the loss looks: at a prefix's last token, or at the micro-batch's last column.
enum class LossPosition { last, padded };

/// Where the released Python departs from the paper while it tunes; the defaults are the paper's.
/// [method] in a run file.
struct TuningMethod {
  text::PrefixForm prefix = text::PrefixForm::ids;
  std::uint64_t max_prefix_tokens = 0;  ///< first tokens of prompt and prefix kept, 0: all
  LabelVocabulary label_vocabulary = LabelVocabulary::head;
  LossPosition loss_position = LossPosition::last;
};

}  // namespace lightreasoner::examples
