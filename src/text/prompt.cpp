// SPDX-License-Identifier: Apache-2.0
#include "text/prompt.hpp"

#include "unicode/white_space.hpp"

#include <array>
#include <utility>

namespace lightreasoner::text {
namespace {

/// How the families spell their markers: ChatML and Llama, DeepSeek.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> marker_ends{
    {{"<|", "|>"}, {"<\uFF5C", "\uFF5C>"}}};

std::string unknown_marker_in(const Tokenizer& tokenizer, const std::string& text) {
  for (const auto& [opening, closing] : marker_ends) {
    for (std::size_t begin = text.find(opening); begin != std::string::npos;
         begin = text.find(opening, begin + 1)) {
      const std::size_t end = text.find(closing, begin + opening.size());
      if (end == std::string::npos) {
        break;
      }
      std::string marker = text.substr(begin, end + closing.size() - begin);
      if (tokenizer.encode(marker).size() != 1) {
        return marker;
      }
    }
  }
  return {};
}

}  // namespace

std::string unknown_marker(const Tokenizer& tokenizer, const PromptFormat& format) {
  for (const std::string& text : {format.before_system, format.before_question,
                                  format.after_question, format.without_system}) {
    if (std::string marker = unknown_marker_in(tokenizer, text); !marker.empty()) {
      return marker;
    }
  }
  return {};
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
