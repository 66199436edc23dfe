// SPDX-License-Identifier: Apache-2.0
#include "text/pretokenizer.hpp"

#include "tokenizer_data.hpp"

#include <gtest/gtest.h>
#include <string>

namespace lightreasoner::text {
namespace {

std::vector<std::string> words_of(const KnownPattern& pattern, const std::string& text) {
  std::vector<std::string_view> words;
  WordSplitter(pattern).split(text, words);
  return {words.begin(), words.end()};
}

TEST(WordSplitter, SplitsAsTokenizersDoes) {
  const auto goldens = read_test_json("goldens.json");
  ASSERT_EQ(goldens.at("words").size(), known_patterns().size());
  for (const KnownPattern& pattern : known_patterns()) {
    const auto& expected = goldens.at("words").at(std::string(pattern.name));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto text = goldens.at("texts").at(i).get<std::string>();
      EXPECT_EQ(words_of(pattern, text), expected[i].get<std::vector<std::string>>())
          << pattern.name << ": " << text;
    }
  }
}

/// Runs that make a backtracking matcher work hard: it must neither run out of stack nor of limit.
TEST(WordSplitter, LongRunsKeepAllBytes) {
  constexpr std::size_t megabyte = std::size_t{1} << 20;
  for (const KnownPattern& pattern : known_patterns()) {
    for (const std::string part : {" ", "\n", "a", "1", "!", "\u00e9", " \n", "'", "a1"}) {
      std::string text;
      while (text.size() < megabyte) text += part;
      text += "x";
      std::string together;
      for (const std::string& word : words_of(pattern, text)) together += word;
      EXPECT_EQ(together, text) << pattern.name << ": " << part;
    }
  }
}

}  // namespace
}  // namespace lightreasoner::text
