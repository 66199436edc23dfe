// SPDX-License-Identifier: Apache-2.0
#include "unicode/normalizer.hpp"

#include "text_data.hpp"

#include <gtest/gtest.h>

namespace lightreasoner::unicode {
namespace {

TEST(ToNfc, ComposesAndOrders) {
  EXPECT_EQ(to_nfc("caf\u00e9 ASCII"), "caf\u00e9 ASCII");
  EXPECT_EQ(to_nfc("cafe\u0301"), "caf\u00e9");
  EXPECT_EQ(to_nfc("q\u0307\u0323"), "q\u0323\u0307");  // marks in their order
  EXPECT_EQ(to_nfc("\u1e0b\u0323"), "\u1e0d\u0307");    // taken apart and put together
  EXPECT_EQ(to_nfc("\u212b\u2126"), "\u00c5\u03a9");    // singletons
  EXPECT_EQ(to_nfc("\u1100\u1161\u11a8"), "\uac01");    // Hangul
  EXPECT_EQ(to_nfc("\u0958"), "\u0915\u093c");          // excluded from composition
  EXPECT_EQ(to_nfc(std::string("a\0e\u0301", 5)), std::string("a\0\u00e9", 4));
  EXPECT_EQ(to_nfc(""), "");
}

TEST(ToNfc, LeavesWhatUnicode9DidNotKnow) {
  // U+0898 of Unicode 14 is a mark of class 220; in between, both sides are normalized.
  EXPECT_EQ(to_nfc("e\u0301\u0898e\u0301"), "\u00e9\u0898\u00e9");
  EXPECT_EQ(to_nfc("a\u0301\u0898\u0323"), "\u00e1\u0898\u0323");
  EXPECT_EQ(to_nfc("\U00011935\U00011930"), "\U00011935\U00011930");
}

TEST(ToNfc, IsItsOwnNormalForm) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    const std::string once = to_nfc(random_text(random, random() % 40));
    ASSERT_EQ(to_nfc(once), once) << nlohmann::json(once);
  }
}

}  // namespace
}  // namespace lightreasoner::unicode
