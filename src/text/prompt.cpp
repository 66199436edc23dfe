// SPDX-License-Identifier: Apache-2.0
#include "text/prompt.hpp"

#include "unicode/regex.hpp"
#include "unicode/white_space.hpp"

#include <algorithm>

namespace lightreasoner::text {
namespace {

/// How marks are spelled: markers as in ChatML and Llama, or as DeepSeek does; tags with their
/// ends.
constexpr std::string_view spelling_of(Mark mark) {
  return mark == Mark::marker ? "<\\|[^<>|]+\\|>|<\uFF5C[^<>\uFF5C]+\uFF5C>"
                              : "</?[A-Za-z][A-Za-z0-9_]*>";
}

}  // namespace

std::vector<std::string> marks_in_pieces(const Tokenizer& tokenizer, const PromptFormat& format,
                                         Mark mark) {
  const unicode::Regex spelling("marks of a chat form", spelling_of(mark));
  std::vector<std::string> cut;
  for (const std::string& text : {format.before_system, format.system, format.before_question,
                                  format.after_question, format.without_system}) {
    for (const auto& [begin, end] : spelling.find_all(text)) {
      const std::string found = text.substr(begin, end - begin);
      if (tokenizer.encode(found).size() != 1 && std::ranges::find(cut, found) == cut.end()) {
        cut.push_back(found);
      }
    }
  }
  return cut;
}

std::string prompt_text(const PromptFormat& format, std::string_view question) {
  const auto trimmed = [&](std::string_view text) {
    return format.trim ? unicode::strip(text) : text;
  };
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
