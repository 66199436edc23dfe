// SPDX-License-Identifier: Apache-2.0
/// Texts of any characters, and the goldens that tools/make_text_goldens made.
#pragma once

#include "support/files.hpp"

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace lightreasoner::unicode {

/// As nlohmann::ordered_json, with keys in the order of the file.
template <typename Json = nlohmann::json>
Json read_test_json(const std::string& name) {
  return Json::parse(
      support::read_file(std::string(LIGHTREASONER_SOURCE_DIR "/tests/data/text/") + name));
}

/// A surrogate, which no UTF-8 holds, becomes U+FFFD.
inline std::string utf8_of(char32_t code) {
  if (code >= 0xD800 && code < 0xE000) code = 0xFFFD;
  if (code < 0x80) return {static_cast<char>(code)};
  std::string bytes;
  for (; code >= (0x40U >> bytes.size()); code >>= 6) {
    bytes.insert(bytes.begin(), static_cast<char>(0x80 | (code & 0x3F)));
  }
  const char32_t lead = 0x780U >> bytes.size();
  return bytes.insert(0, 1, static_cast<char>((lead & 0xFF) | code));
}

/// UTF-8 of `length` parts: characters of any plane, and what tokenizers treat in some way.
inline std::string random_text(std::mt19937& random, std::size_t length) {
  static constexpr std::array parts{"<|im_start|>",
                                    "<|",
                                    "<\uff5cUser\uff5c>",
                                    " ",
                                    "\n",
                                    "1",
                                    "st",
                                    "\u00e9",
                                    "\u0301",
                                    "\u4e16",
                                    "\r",
                                    "\u3000",
                                    "\U0001f600",
                                    "'s"};
  std::string text;
  for (std::size_t i = 0; i < length; ++i) {
    const auto pick = random() % 4;
    if (pick == 0) {
      text += parts[random() % parts.size()];
    } else if (pick == 1) {
      text += static_cast<char>(random() % 128);
    } else {
      text += utf8_of(static_cast<char32_t>(random() % (pick == 2 ? 0x3000 : 0x110000)));
    }
  }
  return text;
}

}  // namespace lightreasoner::unicode
