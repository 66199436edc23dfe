// SPDX-License-Identifier: Apache-2.0
#include "support/utf8.hpp"

#include "support/refusal.hpp"

#include <gtest/gtest.h>
#include <initializer_list>
#include <string>
#include <utility>

namespace lightreasoner::support {
namespace {

const std::string replacement = "\xEF\xBF\xBD";

/// The UTF-8 form of any number below 2^21, surrogates and beyond included.
std::string encode(unsigned code) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0 | (code >> 6)), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0 | (code >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | (code >> 18)), tail(12), tail(6), tail(0)};
}

TEST(Utf8, AcceptsEveryScalarValueAndNothingElse) {
  for (unsigned code = 0; code < 0x200000; ++code) {
    const bool scalar = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    ASSERT_EQ(is_utf8(encode(code)), scalar) << std::hex << code;
  }
}

TEST(Utf8, RefusesOverlongForms) {
  EXPECT_FALSE(is_utf8("\xC0\xAF"));
  EXPECT_FALSE(is_utf8("\xE0\x9F\xBF"));
  EXPECT_FALSE(is_utf8("\xF0\x8F\xBF\xBF"));
}

TEST(Utf8, PrefixEndsBeforeACutCharacter) {
  EXPECT_EQ(valid_utf8_prefix("ab\xE2\x82"), 2U);
  EXPECT_EQ(valid_utf8_prefix("ab\xE2\x82\xAC"), 5U);
}

// Expected values are those of Python's bytes.decode("utf-8", "replace").
TEST(Utf8Text, IsToldFromWiderUnits) {
  EXPECT_EQ(utf8_text("\xEF\xBB\xBF{}", "a.json"), "{}");
  for (const char* text : {"", "{", "{}", "[1]", "\xEF\xBB"}) {
    EXPECT_EQ(utf8_text(text, "a.json"), text);
  }
  const std::initializer_list<std::pair<std::string, std::string>> wide{
      {{"\xFF\xFE{\0", 4}, "UTF-16"},
      {{"\xFE\xFF\0{", 4}, "UTF-16"},
      {{"{\0}\0", 4}, "UTF-16LE"},
      {{"\0{\0}", 4}, "UTF-16BE"},
      {{"\xFF\xFE\0\0{\0\0\0", 8}, "UTF-32"},
      {{"\0\0\xFE\xFF\0\0\0{", 8}, "UTF-32"},
      {{"{\0\0\0", 4}, "UTF-32LE"},
      {{"\0\0\0{", 4}, "UTF-32BE"}};
  for (const auto& row : wide) {
    EXPECT_EQ(
        testing_support::refusal_of([&] { return utf8_text(row.first, "a.json"); }),
        "a.json: is " + row.second + "; convert it to UTF-8: iconv -f " + row.second + " -t UTF-8");
  }
}

TEST(Utf8Text, IsToldFromCompressedFiles) {
  EXPECT_EQ(testing_support::refusal_of([] { return utf8_text("\x1F\x8B\b", "a.jsonl"); }),
            "a.jsonl: is compressed by gzip, not text; unpack or convert it");
  EXPECT_EQ(testing_support::refusal_of([] { return utf8_text("PAR1", "a.jsonl"); }),
            "a.jsonl: is a Parquet file, not text; unpack or convert it");
}

TEST(Utf8, RepairsOneMarkForEachMaximalPart) {
  EXPECT_EQ(repair_utf8("plain"), "plain");
  EXPECT_EQ(repair_utf8("a\xFFz"), "a" + replacement + "z");
  EXPECT_EQ(repair_utf8("a\xE2\x82z"), "a" + replacement + "z");
  EXPECT_EQ(repair_utf8("\xF0\x9F\x98"), replacement);
  EXPECT_EQ(repair_utf8("\xF0\x9F\x98\xF0\x9F\x98\x80"), replacement + "\xF0\x9F\x98\x80");
  EXPECT_EQ(repair_utf8("\xE0\x80\x80"), replacement + replacement + replacement);
  EXPECT_EQ(repair_utf8("\xED\xA0\x80"), replacement + replacement + replacement);
  EXPECT_EQ(repair_utf8("\xC0\xAF"), replacement + replacement);
}

}  // namespace
}  // namespace lightreasoner::support
