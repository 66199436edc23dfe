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

constexpr std::string_view box = "\\boxed";
constexpr std::string_view hashes = "####";              // GSM8K's
constexpr std::string_view minus_sign = "\xe2\x88\x92";  // U+2212

std::optional<std::string> non_empty(std::string_view text) {
  text = trim(text);
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

/// Whether a brace opens a box here, at the end of `before`.
bool opens_box(std::string_view before) {
  return before.substr(0, before.find_last_not_of(' ') + 1).ends_with(box);
}

/// What stands behind the last box without braces, up to the next dollar sign or the line's end.
std::optional<std::string> last_open_box(std::string_view text) {
  const std::size_t found = text.rfind(box);
  const std::string_view rest =
      found == std::string_view::npos ? "" : text.substr(found + box.size());
  if (!rest.starts_with(' ') || trim(rest).starts_with('{')) {
    return std::nullopt;
  }
  return non_empty(rest.substr(0, rest.find_first_of("$\n")));
}

/// In one pass with a stack of open braces, so that a text of many unclosed ones stays cheap.
std::optional<std::string> last_closed_box(std::string_view text) {
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
      if (start < last_start || !opens_box(text.substr(0, start - 1))) {
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
  auto answer = last_closed_box(text);
  if (!answer) answer = last_open_box(text);
  return answer ? answer : after_last_marker(text);
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

}  // namespace

std::string reference_answer(std::string_view text) {
  return marked_answer(text).value_or(std::string(trim(text)));
}

std::optional<std::string> extract_answer(std::string_view text) {
  auto marked = marked_answer(text);
  return marked ? marked : last_number(text);
}

bool marks_no_answer(std::string_view text) {
  const bool has_mark =
      text.find(box) != std::string_view::npos || text.find(hashes) != std::string_view::npos;
  return has_mark && !marked_answer(text);
}

bool same_answer(std::string_view left, std::string_view right) {
  return same_number(left, right).value_or(trim(left) == trim(right));
}

Verdict grade(const std::string& text, const std::string& answer) {
  Verdict verdict{.extracted = extract_answer(text), .reference = reference_answer(answer)};
  const std::optional<std::string>& extracted = verdict.extracted;
  // The whole of either text may be what the other's answer was taken from.
  const auto is_right = [&](const std::string& given) {
    return same_answer(given, verdict.reference) || same_answer(given, answer);
  };
  verdict.correct = is_right(text) || (extracted && is_right(*extracted));
  const bool are_numbers = is_number(verdict.reference) && (!extracted || is_number(*extracted));
  verdict.judged = verdict.correct || are_numbers;
  return verdict;
}

}  // namespace lightreasoner::evaluation
