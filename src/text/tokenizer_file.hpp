// SPDX-License-Identifier: Apache-2.0
/// tokenizer.json as a checked plain struct, or a refusal that names the part.
#pragma once

#include "text/added_tokens.hpp"
#include "text/bpe.hpp"
#include "text/tokenizer_steps.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lightreasoner::text {

struct TokenizerFile {
  std::vector<std::string> tokens;               ///< [id] as spelled in the file
  std::unordered_map<std::string, TokenId> ids;  ///< the inverse of `tokens`
  std::vector<bool> in_model;                    ///< [id] false for tokens only added
  std::vector<Merge> merges;                     ///< by rank
  bool ignore_merges = false;                    ///< a word that is a token is taken whole
  std::vector<AddedToken> added;
  TokenizerSteps steps;
};

/// Reads the bytes of a tokenizer.json that errors call `name`. Throws UserError for what is
/// malformed (ids that repeat or leave gaps, merges of unknown tokens) and for every part that
/// would change the ids and is not implemented.
[[nodiscard]] TokenizerFile read_tokenizer_file(std::string_view json, const std::string& name);

}  // namespace lightreasoner::text
