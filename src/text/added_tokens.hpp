// SPDX-License-Identifier: Apache-2.0
/// Added tokens found in text, before any other rule of the tokenizer looks at it.
#pragma once

#include "text/bpe.hpp"
#include "unicode/regex.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::text {

struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool special = false;      ///< left out by decode(skip_special)
  bool normalized = false;   ///< looked for in the normalized text, after all others
  bool single_word = false;  ///< not found where a word character is next to it
  bool lstrip = false;       ///< takes the white space before it
  bool rstrip = false;       ///< takes the white space after it
};

/// Part of a text: an added token, or the text between two of them.
struct TextPiece {
  std::string_view text;
  std::optional<TokenId> token;
};

/// A set of added tokens, as a trie of their bytes.
class AddedTokens {
 public:
  /// The token is looked for as `spelling`, its content or what normalization makes of that. Of two
  /// with one spelling the first counts.
  void insert(const AddedToken& token, std::string_view spelling);

  /// Cuts a text at the tokens in it, from the left, the longest where several begin at one place.
  [[nodiscard]] std::vector<TextPiece> split(std::string_view text) const;

 private:
  struct Node {
    std::map<unsigned char, std::size_t> children;  ///< byte to index in `nodes_`
    std::optional<std::size_t> token;  ///< in `tokens_`, of the spelling that ends here
  };
  struct Found;

  [[nodiscard]] Found longest_at(std::string_view text, std::size_t at) const;
  [[nodiscard]] bool is_word_character(std::string_view character) const;
  [[nodiscard]] bool stands_alone(std::string_view text, const Found& found) const;

  std::vector<Node> nodes_{1};
  std::vector<AddedToken> tokens_;
  unicode::Regex word_character_{"word character", R"(\w)"};
};

}  // namespace lightreasoner::text
