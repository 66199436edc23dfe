// SPDX-License-Identifier: Apache-2.0
/// Finding the final answer in a text, and comparing answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lightreasoner::evaluation {

/// The content of the last `\boxed{...}` that is closed and not empty, else what stands behind the
/// last `\boxed ` without braces, up to a dollar sign or the line's end, else the rest of the line
/// behind GSM8K's last "####", else the last number in the text (with its sign, and as a fraction
/// where it is one; digits behind a letter, as in "H2", are not a number). Nothing when there is
/// none. Without white space at the ends.
[[nodiscard]] std::optional<std::string> extract_answer(std::string_view text);

/// The answer that a problem set gives: what a worked solution marks by a box or "####", else the
/// whole text. A number in a sentence is never guessed at.
[[nodiscard]] std::string reference_answer(std::string_view text);

/// Whether a text says where its answer stands, by a box or "####", and has none there.
[[nodiscard]] bool marks_no_answer(std::string_view text);

/// True when both are the same number, compared exactly as fractions by the rules of same_number
/// (number.hpp): "$1,234.50" is "1234.5" and \frac{1}{2} is 0.50. Otherwise true when the trimmed
/// texts are equal.
[[nodiscard]] bool same_answer(std::string_view left, std::string_view right);

struct Verdict {
  std::optional<std::string> extracted{};  ///< extract_answer of the text
  std::string reference{};                 ///< reference_answer of the set's answer
  bool correct = false;
  /// Whether more than letters was compared: a wrong answer is one for certain only where it and
  /// the reference are numbers, or where there is none.
  bool judged = true;
};

/// What to make of a model's text for a problem whose set gives `answer`: right where the text, or
/// what extract_answer finds in it, is the same as the answer or its reference_answer.
[[nodiscard]] Verdict grade(const std::string& text, const std::string& answer);

}  // namespace lightreasoner::evaluation
