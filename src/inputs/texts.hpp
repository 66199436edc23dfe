// SPDX-License-Identifier: Apache-2.0
/// Between questions and token ids: both tokenizers, what they share, and the prompt's form.
#pragma once

#include "config/run_config.hpp"
#include "inputs/facts.hpp"
#include "model/decoder.hpp"
#include "parallel/communicator.hpp"
#include "text/prompt.hpp"
#include "text/shared_vocabulary.hpp"
#include "text/tokenizer.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lightreasoner::inputs {

struct Texts {
  text::Tokenizer tokenizer;  ///< the expert's
  text::Tokenizer amateur_tokenizer;
  bool share_tokenizer = false;  ///< both models' files are the same
  text::SharedVocabulary shared;
  text::PromptFormat sampling_prompt;   ///< of sampling and tuning: [prompt], or [method]'s variant
  std::optional<text::TokenId> pad_id;  ///< where [method] needs it
  double repetition_penalty = 1.0;      ///< of the expert's sampling
};

/// The bytes of a model folder's tokenizer.json and of what adds tokens to it, as
/// text::TokenizerConfig has them. One rank reads. Throws UserError naming the file.
[[nodiscard]] std::vector<std::string> read_tokenizer_texts(const std::filesystem::path& folder);
/// The tokenizer of these bytes, whose files errors look for in `folder`.
[[nodiscard]] text::Tokenizer parse_tokenizer(const std::vector<std::string>& texts,
                                              const std::filesystem::path& folder);

/// Reads both tokenizers and what [method] takes from the expert's small files; adds their facts.
/// Throws UserError, agreed, when the tokenizers cannot be compared. Collective over world.
[[nodiscard]] Texts read_texts(const parallel::Communicator& world, const config::RunConfig& config,
                               Facts& facts);

/// Joins the tokenizers to the models' heads: which tokens are contrasted. Throws UserError when a
/// head is narrower than its tokenizer. Not collective.
void share_heads(Texts& texts, const config::RunConfig& config, const model::Decoder& expert,
                 const model::Decoder& amateur);

}  // namespace lightreasoner::inputs
