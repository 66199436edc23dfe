// SPDX-License-Identifier: Apache-2.0
/// UTF-8 checked and repaired, by the Unicode standard's table of well-formed byte sequences.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lightreasoner::support {

/// Number of leading bytes that are whole, well-formed characters (no overlong forms, surrogates
/// or values above U+10FFFF).
[[nodiscard]] std::size_t valid_utf8_prefix(std::string_view bytes);

/// A file's text without a UTF-8 byte-order mark. Throws UserError naming the file where it begins
/// as UTF-16 or UTF-32 does: with its byte-order mark, or with an ASCII character whose other bytes
/// are 0, or as compressed files do. No other byte is looked at.
[[nodiscard]] std::string_view utf8_text(std::string_view bytes, const std::string& file_name);

[[nodiscard]] bool is_utf8(std::string_view bytes);

/// The text with each maximal ill-formed part replaced by one U+FFFD, as Rust's
/// String::from_utf8_lossy and Python's errors="replace" do.
[[nodiscard]] std::string repair_utf8(std::string_view bytes);

/// Length of the ill-formed part at the start of `bytes`: the longest start of a well-formed
/// sequence, at least 1. @pre `bytes` is not empty and does not begin with a whole character.
[[nodiscard]] std::size_t invalid_utf8_length(std::string_view bytes);

}  // namespace lightreasoner::support
