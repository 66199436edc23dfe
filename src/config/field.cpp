// SPDX-License-Identifier: Apache-2.0
#include "config/field.hpp"

#include <cmath>
#include <fmt/format.h>

namespace lightreasoner::config {
namespace {

/// Whole numbers without an exponent, which a whole-number key would not take back.
std::string text_of(double number) {
  constexpr double exact = 0x1p53;
  const bool is_whole = std::abs(number) <= exact && number == std::floor(number);
  return is_whole ? fmt::format("{:.0f}", number) : fmt::format("{}", number);
}

}  // namespace

bool contains(const Range& range, double number) {
  const bool fits_below = range.is_open_below ? number > range.least : number >= range.least;
  const bool fits_above = range.is_open_above ? number < range.greatest : number <= range.greatest;
  return fits_below && fits_above;
}

std::string in_words(const Range& range) {
  if (!range.is_open_below && !range.is_open_above) {
    return fmt::format("between {} and {}", text_of(range.least), text_of(range.greatest));
  }
  return fmt::format("{} {} and {} {}", range.is_open_below ? "above" : "at least",
                     text_of(range.least), range.is_open_above ? "below" : "at most",
                     text_of(range.greatest));
}

}  // namespace lightreasoner::config
