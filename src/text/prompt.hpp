// SPDX-License-Identifier: Apache-2.0
/// One prompt format for sampling, tuning and evaluation.
#pragma once

#include "text/tokenizer.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lightreasoner::text {

/// The text around a question. Defaults are the ChatML form of Qwen2.5 with the paper's wording.
struct PromptFormat {
  std::string system = "Please reason step by step, and put your final answer within \\boxed{}.";
  std::string before_system = "<|im_start|>system\n";
  std::string before_question = "<|im_end|>\n<|im_start|>user\n";
  std::string after_question = "<|im_end|>\n<|im_start|>assistant\n";
};

/// Token ids of the whole prompt, encoded as one string, which is what `apply_chat_template`
/// followed by `tokenizers` gives: special tokens spelled out inside a question count as such.
/// `continuation` is the beginning of an answer, part of the same string.
[[nodiscard]] std::vector<TokenId> encode_prompt(const Tokenizer& tokenizer,
                                                 const PromptFormat& format,
                                                 const std::string& question,
                                                 const std::string& continuation = {});

}  // namespace lightreasoner::text
