// SPDX-License-Identifier: Apache-2.0
/// JSON Lines files: lines found, numbered and checked.
#pragma once

#include "support/json.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::support {

/// Longest accepted line, in bytes.
inline constexpr std::size_t max_line_bytes = std::size_t{1} << 20;

/// Cuts the next line off `rest`, without its "\n" or "\r\n".
[[nodiscard]] std::string_view take_line(std::string_view& rest);

/// A line that is not blank, and where it is.
struct JsonLine {
  const std::filesystem::path& file;
  std::size_t number = 0;  ///< 1-based
  std::string_view text;   ///< without its line ending

  /// Throws UserError: "file:number: what".
  [[noreturn]] void fail(const std::string& what) const;
  /// The line's object, which views `text`. Throws UserError naming the place: over
  /// max_line_bytes, not UTF-8, and as parse_json.
  [[nodiscard]] JsonDocument parse() const;
};

/// The lines of a file's bytes: CRLF, a UTF-8 byte-order mark and a missing final newline are
/// accepted, blank lines are left out but counted. Views of `bytes`, naming `file`.
[[nodiscard]] std::vector<JsonLine> split_json_lines(std::string_view bytes,
                                                     const std::filesystem::path& file);

}  // namespace lightreasoner::support
