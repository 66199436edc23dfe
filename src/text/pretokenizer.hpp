// SPDX-License-Identifier: Apache-2.0
/// Text cut into words by a pre-tokenizer's regular expression (PCRE2).
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace lightreasoner::text {

/// A pattern that may be run. Patterns come from model files, so only ones that were checked
/// against `tokenizers` are let in; a further model family is a further row.
struct KnownPattern {
  std::string_view name;
  std::string_view regex;  ///< as written in tokenizer.json
};

/// The pattern of GPT-2, which a ByteLevel pre-tokenizer uses by itself (`use_regex`).
extern const KnownPattern gpt2_pattern;

[[nodiscard]] std::span<const KnownPattern> known_patterns();

/// A compiled pattern; copies share it, and one may be used by several threads at once.
class WordSplitter {
 public:
  explicit WordSplitter(const KnownPattern& pattern);

  /// Appends the text's words in order: each match, and each stretch between matches (the
  /// behaviour `Isolated`). @pre `text` is UTF-8. Throws UserError at PCRE2's match limit.
  void split(std::string_view text, std::vector<std::string_view>& words) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace lightreasoner::text
