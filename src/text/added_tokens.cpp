// SPDX-License-Identifier: Apache-2.0
#include "text/added_tokens.hpp"

#include "unicode/white_space.hpp"

#include <algorithm>

namespace lightreasoner::text {
namespace {

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

std::string_view first_character(std::string_view text) {
  std::size_t length = std::min<std::size_t>(text.size(), 1);
  while (length < text.size() && continues_character(text[length])) ++length;
  return text.substr(0, length);
}

std::string_view last_character(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && continues_character(text[begin - 1])) --begin;
  return text.substr(begin - std::min<std::size_t>(begin, 1));
}

}  // namespace

/// A spelling in a text; `end` is its begin when there is none.
struct AddedTokens::Found {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t token = 0;
};

void AddedTokens::insert(const AddedToken& token, std::string_view spelling) {
  std::size_t node = 0;
  for (const char character : spelling) {
    const auto byte = static_cast<unsigned char>(character);
    const auto [child, is_new] = nodes_[node].children.try_emplace(byte, nodes_.size());
    node = child->second;
    if (is_new) nodes_.emplace_back();
  }
  if (nodes_[node].token) return;
  nodes_[node].token = tokens_.size();
  tokens_.push_back(token);
}

AddedTokens::Found AddedTokens::longest_at(std::string_view text, std::size_t at) const {
  Found longest{at, at};
  std::size_t node = 0;
  for (std::size_t end = at; end < text.size();) {
    const auto& children = nodes_[node].children;
    const auto child = children.find(static_cast<unsigned char>(text[end]));
    if (child == children.end()) break;
    node = child->second;
    ++end;
    if (nodes_[node].token) longest = {at, end, *nodes_[node].token};
  }
  return longest;
}

bool AddedTokens::is_word_character(std::string_view character) const {
  return !word_character_.find_all(character).empty();
}

bool AddedTokens::stands_alone(std::string_view text, const Found& found) const {
  return !is_word_character(last_character(text.substr(0, found.begin))) &&
         !is_word_character(first_character(text.substr(found.end)));
}

std::vector<TextPiece> AddedTokens::split(std::string_view text) const {
  std::vector<TextPiece> pieces;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Found found = longest_at(text, at);
    at = std::max(found.end, at + 1);
    if (found.end == found.begin) continue;
    const AddedToken& token = tokens_[found.token];
    if (token.single_word && !stands_alone(text, found)) continue;
    std::size_t begin = found.begin;
    std::size_t end = found.end;
    if (token.lstrip) {
      // White space that the token before has taken is gone.
      begin = std::max(begin - unicode::trailing_white_space(text.substr(0, begin)), done);
    }
    if (token.rstrip) end += unicode::leading_white_space(text.substr(end));
    if (begin > done) pieces.push_back({text.substr(done, begin - done), std::nullopt});
    // Nothing is left of white space that the token before has taken.
    if (end > begin) pieces.push_back({text.substr(begin, end - begin), token.id});
    done = end;
  }
  if (done < text.size()) pieces.push_back({text.substr(done), std::nullopt});
  return pieces;
}

}  // namespace lightreasoner::text
