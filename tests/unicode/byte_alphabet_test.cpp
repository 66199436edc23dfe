// SPDX-License-Identifier: Apache-2.0
#include "unicode/byte_alphabet.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <optional>
#include <string>

namespace lightreasoner::unicode {
namespace {

TEST(ByteAlphabet, SpellsEachByteAndBack) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string character = byte_character(static_cast<std::uint8_t>(byte));
    EXPECT_EQ(spelled_bytes(character), std::string(1, static_cast<char>(byte)));
  }
  EXPECT_EQ(byte_character(' '), "\u0120");
  EXPECT_EQ(byte_character('\n'), "\u010a");
  EXPECT_EQ(byte_character('!'), "!");
  EXPECT_EQ(spelled_bytes("a b"), std::nullopt);
  EXPECT_EQ(spelled_bytes("\u0144"), std::nullopt);
  EXPECT_EQ(spelled_bytes("\u4e16"), std::nullopt);
  EXPECT_EQ(spelled_bytes("\U0001f600"), std::nullopt);
}

}  // namespace
}  // namespace lightreasoner::unicode
