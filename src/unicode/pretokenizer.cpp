// SPDX-License-Identifier: Apache-2.0
#include "unicode/pretokenizer.hpp"

#include <array>

namespace lightreasoner::unicode {

constexpr KnownPattern gpt2_pattern{
    "GPT-2", R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)"};

// Rust's char::is_numeric, which is of Unicode 17 where the patterns above are of 16.
constexpr KnownPattern digit_pattern{"digit", R"([\p{N}\x{11de0}-\x{11de9}\x{16ff4}-\x{16ff6}])"};
constexpr KnownPattern digits_pattern{"digits",
                                      R"([\p{N}\x{11de0}-\x{11de9}\x{16ff4}-\x{16ff6}]+)"};

namespace {

constexpr std::array patterns{
    gpt2_pattern,
    KnownPattern{"Qwen2", R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| )"
                          R"(?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
    KnownPattern{"Llama 3", R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)"
                            R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
    KnownPattern{"DeepSeek-V3 numbers", R"(\p{N}{1,3})"},
    KnownPattern{"DeepSeek-V3 Chinese and Japanese", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"},
    KnownPattern{"DeepSeek-V3 words", R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^)"
                                      "\r\n"
                                      R"(\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[)"
                                      "\r\n"
                                      R"(]*|\s*[)"
                                      "\r\n"
                                      R"(]+|\s+(?!\S)|\s+)"},
    KnownPattern{"demo pair", R"(\p{N}| ?\p{L}+|\s*[^\s\p{L}\p{N}]+|\s+)"},
};

Regex compile(const KnownPattern& pattern) { return {pattern.name, pattern.regex}; }

void cut(const Regex& regex, std::vector<std::string_view>& words) {
  std::vector<std::string_view> parts;
  for (const std::string_view word : words) {
    std::size_t done = 0;
    for (const Regex::Match& match : regex.find_all(word)) {
      if (match.begin > done) parts.push_back(word.substr(done, match.begin - done));
      parts.push_back(word.substr(match.begin, match.end - match.begin));
      done = match.end;
    }
    if (done < word.size()) parts.push_back(word.substr(done));
  }
  words = std::move(parts);
}

void put_space_before(Words& words) {
  for (std::string_view& word : words.words) {
    if (!word.starts_with(' ')) word = words.copies.emplace_back(' ' + std::string(word));
  }
}

}  // namespace

std::span<const KnownPattern> known_patterns() { return patterns; }

PreTokenizer::PreTokenizer(const PreTokenizerSteps& steps)
    : add_prefix_space_(steps.add_prefix_space) {
  for (const KnownPattern& pattern : steps.patterns) before_.push_back(compile(pattern));
  if (steps.use_regex) after_.push_back(compile(gpt2_pattern));
}

Words PreTokenizer::split(std::string_view text) const {
  Words words;
  if (!text.empty()) words.words.push_back(text);
  for (const Regex& regex : before_) cut(regex, words.words);
  if (add_prefix_space_) put_space_before(words);
  for (const Regex& regex : after_) cut(regex, words.words);
  return words;
}

}  // namespace lightreasoner::unicode
