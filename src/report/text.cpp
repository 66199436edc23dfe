// SPDX-License-Identifier: Apache-2.0
#include "report/text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace lightreasoner::report {
namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

}  // namespace

std::string format_count(std::uint64_t count) {
  const std::string digits = fmt::format("{}", count);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) {
      text += ',';
    }
    text += digits[i];
  }
  return text;
}

std::string format_percent(double fraction) {
  return std::isfinite(fraction) ? fmt::format("{:.1f} %", 100 * fraction) : "?";
}

std::string format_p_value(double p_value) {
  if (!std::isfinite(p_value)) {
    return "p = ?";
  }
  if (p_value <= 0) {
    return fmt::format("p < {:.0e}", std::numeric_limits<double>::min());
  }
  return fmt::format("p = {:.2g}", p_value);
}

std::string format_number(double value) {
  if (!std::isfinite(value)) {
    return "?";
  }
  const double magnitude = std::abs(value);
  if (magnitude >= 1000 && magnitude < 1e15) {
    return fmt::format("{}{}", value < 0 ? "-" : "",
                       format_count(static_cast<std::uint64_t>(std::llround(magnitude))));
  }
  std::string text = fmt::format("{:.3g}", value);
  const std::size_t padded = text.find("e-0");
  if (padded != std::string::npos) {
    text.erase(padded + 2, 1);
  }
  return text;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) {
    return std::string(text);
  }
  constexpr std::string_view dots = "...";
  const std::size_t kept = width - std::min(width, dots.size());
  std::size_t seen = 0, end = 0;
  while (end < text.size() && (seen += starts_character(text[end]) ? 1 : 0) <= kept) {
    ++end;
  }
  return std::string(text.substr(0, end)) + std::string(dots.substr(0, width));
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += static_cast<unsigned char>(c) < 0x20 && c != '\n' ? ' ' : c;
    }
  }
  return escaped;
}

}  // namespace lightreasoner::report
