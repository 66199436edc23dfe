// SPDX-License-Identifier: Apache-2.0
/// One prompt format for sampling, tuning and evaluation.
#pragma once

#include "text/tokenizer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::text {

/// The text around a question. Defaults are the ChatML form of Qwen2.5 with the paper's wording.
struct PromptFormat {
  std::string system = "Please reason step by step, and put your final answer within \\boxed{}.";
  std::string before_system = "<|im_start|>system\n";
  std::string before_question = "<|im_end|>\n<|im_start|>user\n";
  std::string after_question = "<|im_end|>\n<|im_start|>assistant\n";
  std::string without_system{};     ///< instead of the three before the question when `system` is
                                    ///< empty; empty: they stand around nothing
  bool trim = false;                ///< white space is taken off the ends of system and question
  bool add_special_tokens = false;  ///< the tokenizer puts its own (BOS) around the whole
  bool plain_markers = false;       ///< markers that are no tokens, as <|user|>, are meant as text
};

/// What a model reads before a step: the token ids as they are, or their text tokenised again.
enum class PrefixForm { ids, text };

/// What stands in a chat form to be one token.
enum class Mark {
  marker,  ///< <|im_start|>
  tag,     ///< <think>, </think>
};

/// The marks of the chat form and its system prompt that `tokenizer` cuts into pieces, since it has
/// no such token, each once, in their order: the form is another model family's, or they are meant
/// as text.
[[nodiscard]] std::vector<std::string> marks_in_pieces(const Tokenizer& tokenizer,
                                                       const PromptFormat& format, Mark mark);

/// The whole prompt as text.
[[nodiscard]] std::string prompt_text(const PromptFormat& format, std::string_view question);

/// Token ids of the whole prompt, encoded as one string, which is what `apply_chat_template`
/// followed by `tokenizers` (which adds no special tokens then) gives: special tokens spelled out
/// inside a question count as such.
/// `continuation` is the beginning of an answer, part of the same string.
[[nodiscard]] std::vector<TokenId> encode_prompt(const Tokenizer& tokenizer,
                                                 const PromptFormat& format,
                                                 const std::string& question,
                                                 const std::string& continuation = {});

}  // namespace lightreasoner::text
