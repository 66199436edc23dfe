// SPDX-License-Identifier: Apache-2.0
/// Where in a text a parser is that has taken so many bytes of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace lightreasoner::support {

/// The line that a parser is in once it has taken `taken` bytes; the last of them may have been
/// read ahead, as behind a number.
[[nodiscard]] inline std::size_t line_at(std::string_view text, std::size_t taken) {
  const std::string_view before = text.substr(0, taken == 0 ? 0 : taken - 1);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

/// The column, in bytes, of the last of `taken` bytes.
[[nodiscard]] inline std::size_t column_at(std::string_view text, std::size_t taken) {
  const std::size_t at = taken == 0 ? 0 : taken - 1;
  const std::size_t newline = text.substr(0, at).rfind('\n');
  return newline == std::string_view::npos ? at + 1 : at - newline;
}

/// The last number in what a parser has taken.
[[nodiscard]] inline std::string_view number_before(std::string_view text, std::size_t taken) {
  constexpr std::string_view characters = "+-.0123456789eE";
  const std::string_view read = text.substr(0, taken);
  const std::size_t last = read.find_last_of(characters);
  const std::size_t before = read.find_last_not_of(characters, last);
  return read.substr(before + 1, last - before);
}

}  // namespace lightreasoner::support
