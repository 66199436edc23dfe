// SPDX-License-Identifier: Apache-2.0
#include "text/added_tokens.hpp"

namespace lightreasoner::text {
namespace {

/// The longest token at the start of `text`; its text is empty when there is none.
TextPiece longest_token(const AddedTokenTrie& trie, std::string_view text) {
  TextPiece longest;
  std::size_t node = 0;
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto& children = trie.nodes[node].children;
    const auto child = children.find(static_cast<unsigned char>(text[length]));
    if (child == children.end()) break;
    node = child->second;
    if (trie.nodes[node].token) longest = {text.substr(0, length + 1), trie.nodes[node].token};
  }
  return longest;
}

}  // namespace

void insert(AddedTokenTrie& trie, std::string_view spelling, TokenId token) {
  std::size_t node = 0;
  for (const char character : spelling) {
    const auto byte = static_cast<unsigned char>(character);
    const auto [child, is_new] = trie.nodes[node].children.try_emplace(byte, trie.nodes.size());
    node = child->second;
    if (is_new) trie.nodes.emplace_back();
  }
  trie.nodes[node].token = token;
}

std::vector<TextPiece> split_at_tokens(const AddedTokenTrie& trie, std::string_view text) {
  std::vector<TextPiece> pieces;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    const TextPiece token = longest_token(trie, text.substr(at));
    if (!token.token) {
      ++at;
      continue;
    }
    if (at > done) pieces.push_back({text.substr(done, at - done), std::nullopt});
    pieces.push_back(token);
    at += token.text.size();
    done = at;
  }
  if (done < text.size()) pieces.push_back({text.substr(done), std::nullopt});
  return pieces;
}

}  // namespace lightreasoner::text
