// SPDX-License-Identifier: Apache-2.0
/// Text cut into words: a token never reaches from one word into the next.
#pragma once

#include "unicode/regex.hpp"

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::unicode {

/// A pattern that may be run. Patterns come from model files, so only ones that were checked
/// against `tokenizers` are let in; a further model family is a further row.
struct KnownPattern {
  std::string_view name;
  std::string_view regex;  ///< as written in tokenizer.json
};

/// The patterns a Split pre-tokenizer may name.
[[nodiscard]] std::span<const KnownPattern> known_patterns();

/// The pattern of GPT-2, which a ByteLevel pre-tokenizer uses by itself (`use_regex`).
extern const KnownPattern gpt2_pattern;
/// What a Digits pre-tokenizer cuts out: numbers one by one (`individual_digits`), or in runs.
extern const KnownPattern digit_pattern;
extern const KnownPattern digits_pattern;

/// The steps of a pre-tokenizer, in order.
struct PreTokenizerSteps {
  std::vector<KnownPattern> patterns;  ///< each cuts what the one before it left
  bool add_prefix_space = false;  ///< of ByteLevel: a space is put before each part that has none
  bool use_regex = false;         ///< of ByteLevel: then the pattern of GPT-2 cuts
};

/// The words of a text: parts of it, and copies where a space was put in front.
struct Words {
  std::vector<std::string_view> words;
  std::deque<std::string> copies;  ///< what such words point to
};

/// Compiled steps; copies share them, and several threads may use them at once.
class PreTokenizer {
 public:
  explicit PreTokenizer(const PreTokenizerSteps& steps);

  /// The words in order: of each pattern its matches and the stretches between them (the behaviour
  /// `Isolated`). They point into `text`. @pre `text` is UTF-8. Throws UserError at PCRE2's match
  /// limit.
  [[nodiscard]] Words split(std::string_view text) const;

 private:
  std::vector<Regex> before_;
  bool add_prefix_space_;
  std::vector<Regex> after_;
};

}  // namespace lightreasoner::unicode
