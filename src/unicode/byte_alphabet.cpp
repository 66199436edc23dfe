// SPDX-License-Identifier: Apache-2.0
#include "unicode/byte_alphabet.hpp"

#include <array>
#include <cstddef>

namespace lightreasoner::unicode {
namespace {

constexpr unsigned first_substitute = 0x100;
constexpr unsigned alphabet_end = 0x144;  // 68 bytes have a substitute

constexpr bool stands_for_itself(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr std::array<std::uint16_t, 256> make_codes() {
  std::array<std::uint16_t, 256> codes{};
  unsigned substitute = first_substitute;
  for (unsigned byte = 0; byte < codes.size(); ++byte) {
    codes[byte] = static_cast<std::uint16_t>(stands_for_itself(byte) ? byte : substitute++);
  }
  return codes;
}

constexpr std::array<std::uint16_t, 256> code_of_byte = make_codes();

constexpr std::int16_t no_byte = -1;

constexpr std::array<std::int16_t, alphabet_end> make_bytes() {
  std::array<std::int16_t, alphabet_end> bytes{};
  bytes.fill(no_byte);
  for (std::size_t byte = 0; byte < code_of_byte.size(); ++byte) {
    bytes[code_of_byte[byte]] = static_cast<std::int16_t>(byte);
  }
  return bytes;
}

constexpr std::array<std::int16_t, alphabet_end> byte_of_code = make_bytes();

}  // namespace

std::string byte_character(std::uint8_t byte) {
  const unsigned code = code_of_byte[byte];
  if (code < 0x80) return {static_cast<char>(code)};
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

std::optional<std::string> spelled_bytes(std::string_view token) {
  std::string bytes;
  for (std::size_t i = 0; i < token.size(); ++i) {
    unsigned code = static_cast<unsigned char>(token[i]);
    if (code >= 0x80) {
      // The alphabet has no character of more than two bytes.
      if (code >= 0xE0 || i + 1 == token.size()) return std::nullopt;
      code = ((code & 0x1F) << 6) | (static_cast<unsigned char>(token[++i]) & 0x3F);
    }
    if (code >= alphabet_end || byte_of_code[code] == no_byte) return std::nullopt;
    bytes += static_cast<char>(byte_of_code[code]);
  }
  return bytes;
}

}  // namespace lightreasoner::unicode
