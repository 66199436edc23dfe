// SPDX-License-Identifier: Apache-2.0
/// GPT-2's byte alphabet: tokens in tokenizer.json spell each byte as one printable character.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lightreasoner::unicode {

/// The character (as UTF-8) that stands for a byte: itself where it is printable in Latin-1,
/// else one from U+0100 on, in byte order.
[[nodiscard]] std::string byte_character(std::uint8_t byte);

/// The bytes that a token (UTF-8) spells; nothing when any character is outside of the alphabet.
[[nodiscard]] std::optional<std::string> spelled_bytes(std::string_view token);

}  // namespace lightreasoner::unicode
