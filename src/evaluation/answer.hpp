// SPDX-License-Identifier: Apache-2.0
/// Finding the final answer in a text, and comparing numbers exactly.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lightreasoner::evaluation {

/// The content of the last `\boxed{...}` (braces balanced), else what follows GSM8K's last "####",
/// else the last number in the text. Nothing when there is none.
[[nodiscard]] std::optional<std::string> extract_answer(std::string_view text);

/// True when both are the same number, compared exactly as decimal fractions: currency signs,
/// thousands separators, surrounding spaces, "%", a final period, signs, leading and trailing zeros do
/// not matter; "a/b" and "\frac{a}{b}" count as the fraction. Otherwise true when the trimmed texts
/// are equal.
[[nodiscard]] bool same_answer(std::string_view left, std::string_view right);

}  // namespace lightreasoner::evaluation
