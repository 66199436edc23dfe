// SPDX-License-Identifier: Apache-2.0
#include "evaluation/number.hpp"

#include "evaluation/number_words.hpp"
#include "support/trim.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cctype>
#include <fmt/format.h>

namespace lightreasoner::evaluation {
namespace {

using support::trim;

using Rational = boost::multiprecision::cpp_rational;
using Integer = boost::multiprecision::cpp_int;

// A model may print digits without end: beyond these, text is compared as text.
constexpr std::size_t max_digits = 100;
constexpr std::size_t max_length = 512;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) -
                                  text.begin());
}

bool drop_prefix(std::string_view& text, std::string_view prefix) {
  const bool found = text.starts_with(prefix);
  text.remove_prefix(found ? prefix.size() : 0);
  return found;
}

bool drop_suffix(std::string_view& text, std::string_view suffix) {
  const bool found = text.ends_with(suffix);
  text.remove_suffix(found ? suffix.size() : 0);
  return found;
}

/// Length of the groups of three digits at the front, each behind `separator`.
std::size_t groups_length(std::string_view text, std::string_view separator) {
  std::size_t length = 0;
  while (text.substr(length).starts_with(separator) &&
         count_digits(text.substr(length + separator.size())) == 3) {
    length += separator.size() + 3;
  }
  // A period before one group is a decimal point.
  return separator == "." && length == separator.size() + 3 ? 0 : length;
}

/// Length of ",34,567" at the front: groups of two, the last of three.
std::size_t indian_groups_length(std::string_view text) {
  std::size_t length = 0;
  while (text.substr(length).starts_with(',') && count_digits(text.substr(length + 1)) == 2) {
    length += 3;
  }
  const std::string_view last = text.substr(length);
  return length > 0 && last.starts_with(',') && count_digits(last.substr(1)) == 3 ? length + 4 : 0;
}

/// Length of "123", "1,234,567" at the front; thousands have a first group without leading zero,
/// and one separator throughout. Groups of two before the last are India's: "12,34,567".
std::size_t integer_length(std::string_view text) {
  const std::size_t length = count_digits(text);
  if (length == 0 || length > 3 || text[0] == '0') {
    return length;
  }
  std::size_t groups = 0;
  for (const std::string_view separator : thousands_separators) {
    groups = std::max(groups, groups_length(text.substr(length), separator));
  }
  return length + std::max(groups, length < 3 ? indian_groups_length(text.substr(length)) : 0);
}

/// Length of an unsigned decimal at the front, 0 when there is none.
std::size_t decimal_length(std::string_view text) {
  const std::size_t whole = integer_length(text);
  if (whole < text.size() && text[whole] == '.') {
    const std::size_t digits = count_digits(text.substr(whole + 1));
    return digits > 0 ? whole + 1 + digits : whole;
  }
  return whole;
}

/// An optional sign taken off the front: -1 or 1.
int take_sign(std::string_view& text) {
  if (drop_prefix(text, "-") || drop_prefix(text, minus_sign)) {
    return -1;
  }
  drop_prefix(text, "+");
  return 1;
}

std::optional<Rational> parse_decimal(std::string_view text) {
  if (text.empty() || decimal_length(text) != text.size()) {
    return std::nullopt;
  }
  const std::size_t point = integer_length(text);
  Integer numerator = 0, denominator = 1;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_digit(text[i])) {
      numerator = numerator * 10 + (text[i] - '0');
      denominator *= i > point ? 10 : 1;
      ++digits;
    }
  }
  if (digits > max_digits) {
    return std::nullopt;
  }
  return Rational(numerator, denominator);
}

std::optional<Rational> parse_signed_decimal(std::string_view text) {
  text = trim(text);
  const int sign = take_sign(text);
  auto value = parse_decimal(text);
  if (value) {
    *value *= sign;
  }
  return value;
}

std::optional<Rational> divide(std::string_view numerator, std::string_view denominator) {
  const auto top = parse_signed_decimal(numerator);
  const auto bottom = parse_signed_decimal(denominator);
  if (!top || !bottom || *bottom == 0) {
    return std::nullopt;
  }
  return Rational(*top / *bottom);
}

/// Takes a \frac's argument, "{...}" or one digit, off the front.
std::optional<std::string_view> take_argument(std::string_view& text) {
  text = text.substr(std::min(text.find_first_not_of(' '), text.size()));
  std::string_view argument;
  if (!text.empty() && is_digit(text[0])) {
    argument = text.substr(0, 1);
    text.remove_prefix(1);
    return argument;
  }
  const std::size_t end = text.substr(0, max_length).find('}');
  if (!text.starts_with("{") || end == std::string_view::npos) {
    return std::nullopt;
  }
  argument = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return argument;
}

/// Takes a LaTeX fraction of two decimals off the front.
std::optional<Rational> take_latex_fraction(std::string_view& text) {
  const bool found = std::any_of(fraction_commands.begin(), fraction_commands.end(),
                                 [&](auto command) { return drop_prefix(text, command); });
  const auto numerator = found ? take_argument(text) : std::nullopt;
  const auto denominator = numerator ? take_argument(text) : std::nullopt;
  return denominator ? divide(*numerator, *denominator) : std::nullopt;
}

/// Takes what may stand around a number off both ends of `text`.
std::string_view without_surroundings(std::string_view text) {
  bool period_taken = false;
  for (std::size_t before = text.size() + 1; text.size() < before;) {
    before = text.size();
    text = trim(text);
    for (const auto prefix : opening) {
      drop_prefix(text, prefix);
    }
    for (const auto suffix : closing) {
      drop_suffix(text, suffix);
    }
    period_taken = period_taken || drop_suffix(text, ".");
  }
  return text;
}

/// Whether `words` are a unit of measure: known words alone.
bool is_unit(std::string_view words) {
  while (!(words = trim(words)).empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    if (units.find(fmt::format(" {} ", word)) == std::string_view::npos) return false;
    words.remove_prefix(word.size());
  }
  return true;
}

/// Takes a unit of measure off the end and returns it, empty where there is none.
std::string_view take_unit(std::string_view& text) {
  for (const auto command : unit_commands) {
    const std::size_t start = text.find(command);
    if (!text.ends_with('}') || start == std::string_view::npos ||
        text.find('}', start) != text.size() - 1) {
      continue;
    }
    const std::string_view inside = text.substr(start + command.size());
    const std::string_view unit = trim(inside.substr(0, inside.size() - 1));
    if (is_unit(unit)) {
      text = text.substr(0, start);
      return unit;
    }
  }
  return {};
}

struct Quantity {
  Rational value;
  std::string_view unit;  ///< empty where none is given
};

std::optional<Quantity> parse_quantity(std::string_view original) {
  if (original.size() > max_length) {
    return std::nullopt;
  }
  std::string_view text = without_surroundings(original);
  const std::string_view unit = take_unit(text);
  text = without_surroundings(text);
  const int sign = take_sign(text);
  text = without_surroundings(text);
  std::optional<Rational> value;
  const std::size_t slash = text.find('/');
  if (text.starts_with('\\')) {
    value = take_latex_fraction(text);
    value = text.empty() ? value : std::nullopt;
  } else if (slash != std::string_view::npos && !text.starts_with('-')) {
    value = divide(text.substr(0, slash), text.substr(slash + 1));
  } else {
    value = parse_decimal(text);
  }
  return value ? std::optional(Quantity{Rational(*value * sign), unit}) : std::nullopt;
}

}  // namespace

bool is_number(std::string_view text) { return parse_quantity(text).has_value(); }

std::optional<bool> same_number(std::string_view left, std::string_view right) {
  const auto a = parse_quantity(left);
  const auto b = a ? parse_quantity(right) : std::nullopt;
  if (!b) {
    return std::nullopt;
  }
  const bool differ_in_unit = !a->unit.empty() && !b->unit.empty() && a->unit != b->unit;
  return a->value == b->value && !differ_in_unit;
}

std::size_t plain_number_length(std::string_view text) {
  const std::size_t length = decimal_length(text);
  if (length == 0 || length == text.size() || text[length] != '/') {
    return length;
  }
  const std::size_t denominator = decimal_length(text.substr(length + 1));
  return denominator > 0 ? length + 1 + denominator : length;
}

std::size_t latex_fraction_length(std::string_view text) {
  std::string_view rest = text;
  return take_latex_fraction(rest) ? text.size() - rest.size() : 0;
}

}  // namespace lightreasoner::evaluation
