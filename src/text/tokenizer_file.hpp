// SPDX-License-Identifier: Apache-2.0
/// tokenizer.json as a checked plain struct, or a refusal that names the part.
#pragma once

#include "support/json.hpp"
#include "text/added_tokens.hpp"
#include "text/bpe.hpp"
#include "text/tokenizer_steps.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lightreasoner::text {

/// Tokens and their ids.
struct TokenTable {
  std::vector<std::string> spellings;            ///< [id] as in the file, "" where no token is
  std::unordered_map<std::string, TokenId> ids;  ///< the inverse
  std::vector<bool> in_model;                    ///< [id] false for tokens only added
  std::int64_t base_size = 0;                    ///< tokens of the model
};

struct TokenizerFile {
  TokenTable tokens;
  ByteTokens bytes;
  std::vector<Merge> merges;   ///< by rank
  bool ignore_merges = false;  ///< a word that is a token is taken whole
  std::vector<AddedToken> added;
  std::int64_t next_id = 0;  ///< of a token that is new to the file; see begin_adding
  TokenizerSteps steps;
};

/// Reads the bytes of a tokenizer.json that errors call `name`. Truncation and padding, which are a
/// caller's wish and no property of the tokenizer, are not looked at. Throws UserError for what is
/// malformed (ids that repeat, merges of unknown tokens) and for every part that would change the
/// ids and is not implemented.
[[nodiscard]] TokenizerFile read_tokenizer_file(std::string_view json, const std::string& name);

/// Reads one entry of a list of added tokens, all but its id.
[[nodiscard]] AddedToken read_added_token(const support::JsonSection& entry);

/// Before the tokens of one list are added: new ones get the first ids behind the vocabulary's size
/// and the tokens added so far. What the list itself adds that was known before moves no id.
void begin_adding(TokenizerFile& file);

/// Adds a token as `tokenizers` does, whatever id its file gives it: one that is known keeps its id
/// and gets these properties, a new one gets the next id, one without text is left out.
/// (tokenizers/src/tokenizer/added_vocabulary.rs, add_tokens)
void add_token(TokenizerFile& file, AddedToken token);

}  // namespace lightreasoner::text
