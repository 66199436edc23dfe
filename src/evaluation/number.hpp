// SPDX-License-Identifier: Apache-2.0
/// Numbers as people and LaTeX write them, read exactly.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace lightreasoner::evaluation {

/// Whether two texts are the same number; nothing unless both are numbers.
///
/// A number is an optional sign and a decimal ("1,234.50", ".5"), "a/b" or \frac{a}{b} (\dfrac,
/// \tfrac, \frac12) of decimals. Around it may stand spaces, $ or another currency sign, %, \( \)
/// or \[ \], a unit of words as \text{...} or \mathrm{...}, which must not differ, and a final
/// period. Thousands may be separated by commas, spaces of any kind ("9{,}500", "9\,500", "9~500",
/// U+00A0, U+202F), apostrophes or underscores, and by periods where there are two: "1.234.567".
/// None of them separates anything else: "1,23" is no number, nor is "1e3", a division by zero, or
/// more than 100 digits in a row.
/// "%" is a unit: 50% is 50, not 0.5.
[[nodiscard]] std::optional<bool> same_number(std::string_view left, std::string_view right);

/// Whether same_number can compare the text with another number.
[[nodiscard]] bool is_number(std::string_view text);

/// Length of the unsigned decimal or "a/b" `text` begins with, 0 when it begins with neither.
[[nodiscard]] std::size_t plain_number_length(std::string_view text);
/// Length of the \frac of two decimals `text` begins with, 0 when it does not.
[[nodiscard]] std::size_t latex_fraction_length(std::string_view text);

}  // namespace lightreasoner::evaluation
