// SPDX-License-Identifier: Apache-2.0
#include "unicode/white_space.hpp"

#include <algorithm>
#include <array>

namespace lightreasoner::unicode {
namespace {

constexpr std::array<std::string_view, 25> white_space{
    "\t",     "\n",     "\v",     "\f",     "\r",     " ",      "\u0085", "\u00a0", "\u1680",
    "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
    "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
constexpr std::array<std::string_view, 4> separators{"\x1c", "\x1d", "\x1e", "\x1f"};

/// Length of the first of `characters` that `fits`, 0 if none does.
std::size_t length_of(const auto& characters, const auto& fits) {
  const auto found = std::find_if(characters.begin(), characters.end(), fits);
  return found == characters.end() ? 0 : found->size();
}

}  // namespace

std::size_t leading_white_space(std::string_view text) {
  std::size_t size = 0;
  while (const std::size_t length = length_of(white_space, [&](std::string_view character) {
           return text.substr(size).starts_with(character);
         })) {
    size += length;
  }
  return size;
}

std::size_t trailing_white_space(std::string_view text) {
  std::size_t rest = text.size();
  while (const std::size_t length = length_of(white_space, [&](std::string_view character) {
           return text.substr(0, rest).ends_with(character);
         })) {
    rest -= length;
  }
  return text.size() - rest;
}

std::string_view strip(std::string_view text) {
  std::size_t before = 0;
  do {
    before = text.size();
    text.remove_prefix(leading_white_space(text));
    text.remove_suffix(trailing_white_space(text));
    text.remove_prefix(
        length_of(separators, [&](std::string_view mark) { return text.starts_with(mark); }));
    text.remove_suffix(
        length_of(separators, [&](std::string_view mark) { return text.ends_with(mark); }));
  } while (text.size() < before);
  return text;
}

}  // namespace lightreasoner::unicode
