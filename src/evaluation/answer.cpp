// SPDX-License-Identifier: Apache-2.0
#include "evaluation/answer.hpp"

#include "evaluation/number.hpp"
#include "support/trim.hpp"

#include <cctype>
#include <utility>
#include <vector>

namespace lightreasoner::evaluation {
namespace {

using support::trim;

constexpr std::string_view hashes = "####";              // GSM8K's
constexpr std::string_view minus_sign = "\xe2\x88\x92";  // U+2212

std::optional<std::string> non_empty(std::string_view text) {
  text = trim(text);
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

/// In one pass with a stack of open braces, so that a text of many unclosed ones stays cheap.
std::optional<std::string> last_boxed(std::string_view text) {
  std::vector<std::size_t> open;  // positions after the brace
  std::optional<std::string> last;
  std::size_t last_start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      const bool escaped =
          i + 1 < text.size() && !std::isalpha(static_cast<unsigned char>(text[i + 1]));
      i += escaped ? 1 : 0;
    } else if (text[i] == '{') {
      open.push_back(i + 1);
    } else if (text[i] == '}' && !open.empty()) {
      const std::size_t start = open.back();
      open.pop_back();
      if (start < last_start || !text.substr(0, start - 1).ends_with("\\boxed")) {
        continue;
      }
      if (auto content = non_empty(text.substr(start, i - start))) {
        last = std::move(content);
        last_start = start;
      }
    }
  }
  return last;
}

std::optional<std::string> after_last_marker(std::string_view text) {
  const std::size_t found = text.rfind(hashes);
  if (found == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view rest = text.substr(found + hashes.size());
  return non_empty(rest.substr(0, rest.find('\n')));
}

/// What a text itself marks as its answer.
std::optional<std::string> marked_answer(std::string_view text) {
  auto boxed = last_boxed(text);
  return boxed ? boxed : after_last_marker(text);
}

/// Where the number whose digits (or \frac) begin at `start` begins: its minus sign, before or
/// after a dollar sign, is part of it unless it stands behind an operand ("5-3").
std::size_t with_sign(std::string_view text, std::size_t start) {
  std::string_view before = text.substr(0, start);
  if (before.ends_with('$')) {
    before.remove_suffix(before.ends_with("\\$") ? 2 : 1);
  }
  if (before.ends_with('-')) {
    before.remove_suffix(1);
  } else if (before.ends_with(minus_sign)) {
    before.remove_suffix(minus_sign.size());
  } else {
    return start;
  }
  const char previous = before.empty() ? ' ' : before.back();
  const bool is_operand = std::isalnum(static_cast<unsigned char>(previous)) || previous == ')' ||
                          previous == ']' || previous == '}';
  return is_operand ? start : before.size();
}

std::optional<std::string> last_number(std::string_view text) {
  std::optional<std::string> last;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    const bool in_word = i > 0 && std::isalpha(static_cast<unsigned char>(text[i - 1]));
    const std::size_t length =
        rest[0] == '\\' ? latex_fraction_length(rest) : plain_number_length(rest);
    if (length > 0 && !in_word) {
      const std::size_t start = with_sign(text, i);
      last = text.substr(start, i + length - start);
    }
    i += length > 0 ? length : 1;
  }
  return last;
}

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

/// Whether a sentence ends at `at`: its mark, with white space or nothing behind it.
bool ends_sentence(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at + 1);
  return std::string_view(".!?").find(text[at]) != std::string_view::npos &&
         (rest.empty() || trim(rest.substr(0, 1)).empty());
}

/// The rest of the sentence, within its line, behind the last "answer is".
std::optional<std::string> after_answer_is(std::string_view text) {
  constexpr std::string_view phrase = "answer is";
  const std::size_t found = text.rfind(phrase);
  if (found == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view rest = text.substr(found + phrase.size());
  rest = rest.substr(0, rest.find('\n'));
  std::size_t end = 0;
  while (end < rest.size() && !ends_sentence(rest, end)) ++end;
  rest = trim(rest.substr(0, end));
  rest.remove_prefix(rest.starts_with(':') ? 1 : 0);
  return non_empty(rest);
}

/// Whether a text argues: a sentence of three words or more, of two letters or more each, stands
/// before another. LaTeX commands and what stands in braces are no words.
bool has_sentences(std::string_view text) {
  std::size_t words = 0;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t begin = i;
    while (i < text.size() && is_letter(text[i])) ++i;
    const bool is_command = begin > 0 && text[begin - 1] == '\\';
    words += i - begin >= 2 && !is_command && depth == 0 ? 1 : 0;
    if (i == text.size()) break;
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && depth > 0) --depth;
    if (!ends_sentence(text, i)) continue;
    const std::string_view next = trim(text.substr(i + 1));
    if (words >= 3 && !next.empty() && std::islower(static_cast<unsigned char>(next[0])) == 0) {
      return true;
    }
    words = 0;
  }
  return false;
}

}  // namespace

std::string reference_answer(std::string_view text) {
  text = trim(text);
  if (auto marked = marked_answer(text)) return *marked;
  if (auto told = after_answer_is(text)) return *told;
  const auto number = has_sentences(text) ? last_number(text) : std::nullopt;
  return number.value_or(std::string(text));
}

std::optional<std::string> extract_answer(std::string_view text) {
  auto marked = marked_answer(text);
  return marked ? marked : last_number(text);
}

bool marks_no_answer(std::string_view text) {
  const bool has_mark = text.find("\\boxed{") != std::string_view::npos ||
                        text.find(hashes) != std::string_view::npos;
  return has_mark && !marked_answer(text);
}

bool same_answer(std::string_view left, std::string_view right) {
  return same_number(left, right).value_or(trim(left) == trim(right));
}

}  // namespace lightreasoner::evaluation
