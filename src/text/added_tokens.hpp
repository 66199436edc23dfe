// SPDX-License-Identifier: Apache-2.0
/// Added tokens found in text, before any other rule of the tokenizer looks at it.
#pragma once

#include "text/token_id.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace lightreasoner::text {

/// A set of token spellings as a byte trie.
struct AddedTokenTrie {
  struct Node {
    std::map<unsigned char, std::size_t> children;  ///< byte to index in `nodes`
    std::optional<TokenId> token;                   ///< of the spelling that ends here
  };
  std::vector<Node> nodes{1};
};

void insert(AddedTokenTrie& trie, std::string_view spelling, TokenId token);

/// Part of a text: an added token, or the text between two of them.
struct TextPiece {
  std::string_view text;
  std::optional<TokenId> token;
};

/// Cuts a text at the tokens in it, from the left, the longest where several begin at one place.
[[nodiscard]] std::vector<TextPiece> split_at_tokens(const AddedTokenTrie& trie,
                                                     std::string_view text);

}  // namespace lightreasoner::text
