// SPDX-License-Identifier: Apache-2.0
/// tokenizer.json as a checked plain struct, or a refusal that names the part.
#pragma once

#include "text/bpe.hpp"
#include "text/pretokenizer.hpp"
#include "text/token_id.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lightreasoner::text {

struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool special = false;     ///< left out by decode(skip_special)
  bool normalized = false;  ///< looked for after those that are not
};

struct TokenizerFile {
  std::vector<std::string> tokens;               ///< [id] as spelled in the file
  std::unordered_map<std::string, TokenId> ids;  ///< the inverse of `tokens`
  std::vector<bool> in_model;                    ///< [id] false for tokens only added
  std::vector<Merge> merges;                     ///< by rank
  bool ignore_merges = false;                    ///< a word that is a token is taken whole
  std::vector<AddedToken> added;
  std::vector<KnownPattern> patterns;  ///< applied one after the other
};

/// Longest accepted file in bytes, deepest accepted nesting, most JSON values.
inline constexpr std::size_t max_tokenizer_bytes = std::size_t{64} << 20;
inline constexpr int max_tokenizer_depth = 64;
inline constexpr std::size_t max_tokenizer_values = 4'000'000;

/// Reads the bytes of a tokenizer.json that errors call `name`. Throws UserError for what is
/// malformed (ids that repeat or leave gaps, merges of unknown tokens) and for every part that
/// would change the ids and is not implemented.
[[nodiscard]] TokenizerFile read_tokenizer_file(std::string_view json, const std::string& name);

}  // namespace lightreasoner::text
