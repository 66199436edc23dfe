// SPDX-License-Identifier: Apache-2.0
#include "unicode/pretokenizer.hpp"

#include "text_data.hpp"

#include <gtest/gtest.h>
#include <string>

namespace lightreasoner::unicode {
namespace {

std::vector<std::string> words_of(const PreTokenizerSteps& steps, const std::string& text) {
  const Words words = PreTokenizer(steps).split(text);
  return {words.words.begin(), words.words.end()};
}

std::vector<std::string> words_of(const KnownPattern& pattern, const std::string& text) {
  return words_of(PreTokenizerSteps{.patterns = {pattern}}, text);
}

std::vector<KnownPattern> all_patterns() {
  std::vector<KnownPattern> patterns{digit_pattern, digits_pattern};
  patterns.insert(patterns.end(), known_patterns().begin(), known_patterns().end());
  return patterns;
}

TEST(PreTokenizer, SplitsAsTokenizersDoes) {
  const auto goldens = read_test_json("goldens.json");
  ASSERT_EQ(goldens.at("words").size(), all_patterns().size());
  for (const KnownPattern& pattern : all_patterns()) {
    const auto& expected = goldens.at("words").at(std::string(pattern.name));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto text = goldens.at("texts").at(i).get<std::string>();
      EXPECT_EQ(words_of(pattern, text), expected[i].get<std::vector<std::string>>())
          << pattern.name << ": " << text;
    }
  }
}

TEST(PreTokenizer, PutsASpaceBeforeEachPartAndThenCutsByGpt2) {
  const PreTokenizerSteps steps{
      .patterns = {digits_pattern}, .add_prefix_space = true, .use_regex = true};
  EXPECT_EQ(words_of(steps, "ab, 12 c"), (std::vector<std::string>{" ab", ",", " ", " 12", " c"}));
  EXPECT_TRUE(words_of(steps, "").empty());
}

/// Runs that make a backtracking matcher work hard: it must neither run out of stack nor of limit.
TEST(PreTokenizer, LongRunsKeepAllBytes) {
  constexpr std::size_t megabyte = std::size_t{1} << 20;
  for (const KnownPattern& pattern : all_patterns()) {
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
}  // namespace lightreasoner::unicode
