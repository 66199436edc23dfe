// SPDX-License-Identifier: Apache-2.0
#include "text/prompt.hpp"

#include "text/white_space.hpp"

namespace lightreasoner::text {

std::string prompt_text(const PromptFormat& format, std::string_view question) {
  const auto trimmed = [&](std::string_view text) { return format.trim ? strip(text) : text; };
  std::string text;
  if (format.system.empty() && !format.without_system.empty()) {
    text = format.without_system;
  } else {
    text += format.before_system;
    text += trimmed(format.system);
    text += format.before_question;
  }
  text += trimmed(question);
  text += format.after_question;
  return text;
}

std::vector<TokenId> encode_prompt(const Tokenizer& tokenizer, const PromptFormat& format,
                                   const std::string& question, const std::string& continuation) {
  return tokenizer.encode(prompt_text(format, question) + continuation,
                          format.add_special_tokens ? SpecialTokens::added : SpecialTokens::none);
}

}  // namespace lightreasoner::text
