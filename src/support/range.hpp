// SPDX-License-Identifier: Apache-2.0
/// The numbers that a setting takes.
#pragma once

#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <string>

namespace lightreasoner::support {

/// An open end is itself refused; NaN is always.
struct Range {
  double least = -std::numeric_limits<double>::infinity();
  double greatest = std::numeric_limits<double>::infinity();
  bool is_open_below = false;
  bool is_open_above = false;

  [[nodiscard]] constexpr bool contains(double number) const {
    return (is_open_below ? number > least : number >= least) &&
           (is_open_above ? number < greatest : number <= greatest);
  }
};
/// [least, greatest].
[[nodiscard]] constexpr Range between(double least, double greatest) { return {least, greatest}; }
/// (least, greatest].
[[nodiscard]] constexpr Range above(double least, double greatest) {
  return {least, greatest, true, false};
}
/// [least, greatest).
[[nodiscard]] constexpr Range below(double least, double greatest) {
  return {least, greatest, false, true};
}
/// An end of a range: whole numbers without an exponent, which a whole-number key would not take.
[[nodiscard]] inline std::string text_of_end(double number) {
  constexpr double exact = 0x1p53;
  const bool is_whole = std::abs(number) <= exact && number == std::floor(number);
  return is_whole ? fmt::format("{:.0f}", number) : fmt::format("{}", number);
}

/// "between 1 and 1024", "above 0 and at most 1", "at least 0 and below 1".
[[nodiscard]] inline std::string in_words(const Range& range) {
  const std::string least = text_of_end(range.least);
  const std::string greatest = text_of_end(range.greatest);
  if (!range.is_open_below && !range.is_open_above) {
    return fmt::format("between {} and {}", least, greatest);
  }
  return fmt::format("{} {} and {} {}", range.is_open_below ? "above" : "at least", least,
                     range.is_open_above ? "below" : "at most", greatest);
}

}  // namespace lightreasoner::support
