// SPDX-License-Identifier: Apache-2.0
/// Byte-level BPE as Hugging Face `tokenizers` does it, read from tokenizer.json.
#pragma once

#include "text/bpe.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::text {

/// Whether the post-processor's special tokens (BOS) are put around a text, which is what
/// `add_special_tokens` says in `tokenizers`.
enum class SpecialTokens { none, added };

inline constexpr const char* tokenizer_file = "tokenizer.json";
inline constexpr const char* tokenizer_config_file = "tokenizer_config.json";
/// Two files of transformers before 4.34, whose tokens tokenizer_config.json has held since.
inline constexpr const char* special_tokens_file = "special_tokens_map.json";
inline constexpr const char* added_tokens_file = "added_tokens.json";

/// What says which tokens are added to those of a tokenizer.json: the bytes of each file, which
/// asks for nothing where there is none, and the folder that errors name.
struct TokenizerConfig {
  std::string_view json = "{}";
  std::string_view special_tokens = "{}";
  std::string_view added_tokens = "{}";
  std::filesystem::path folder{};

  [[nodiscard]] std::string name_of(const char* file) const { return (folder / file).string(); }
};

/// Immutable after loading and cheap to copy (shared state).
class Tokenizer {
 public:
  /// Reads the bytes of a tokenizer.json, and the tokens that the files of `config` add as in
  /// `transformers`. `name` (its path) is what errors name. Throws UserError for anything that is
  /// not supported: another model than byte-level BPE, a pre-tokenizer pattern that is not on the
  /// allow-list, a normalizer other than NFC, ids that repeat.
  [[nodiscard]] static Tokenizer parse(std::string_view json, const std::string& name,
                                       const TokenizerConfig& config = {});

  /// Token ids of UTF-8 text; special and added tokens inside the text are recognised. Bytes that
  /// the vocabulary cannot spell are left out, or its unknown token. Throws UserError when the text
  /// is not UTF-8.
  [[nodiscard]] std::vector<TokenId> encode(std::string_view text,
                                            SpecialTokens special = SpecialTokens::none) const;
  /// Text of the ids, special tokens left out when `skip_special`. Bytes that are not UTF-8 become
  /// U+FFFD and ids without a token (a model's head may be wider) are passed over, as in
  /// `tokenizers`.
  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool skip_special) const;
  /// One token as a person would want to see it: its bytes as text, with \xE2 for each byte that is
  /// no whole character; its content for an added token; "<id 7>" for an id without a token.
  [[nodiscard]] std::string token_text(TokenId id) const;

  [[nodiscard]] std::optional<TokenId> find(std::string_view token) const;
  /// The least id of a token that is at least `id`.
  [[nodiscard]] std::optional<TokenId> first_token_from(std::int64_t id) const;
  /// One more than the greatest id, added tokens included. Ids between may have no token.
  [[nodiscard]] std::int64_t vocabulary_size() const;
  /// Number of ids of the BPE model itself, without tokens that were only added (Hugging Face's
  /// `vocab_size`).
  [[nodiscard]] std::int64_t base_size() const;
  /// A token as tokenizer.json spells it, "" for an id without one.
  /// @pre 0 <= id < vocabulary_size().
  [[nodiscard]] const std::string& spelling(TokenId id) const;
  /// Hash over (token, id) pairs, merges, added tokens and all steps: equal for equal tokenizers
  /// however the file is laid out.
  [[nodiscard]] const std::string& fingerprint() const;
  /// Hash over the BPE model's (token, id) pairs and merges alone: equal when its ids mean the
  /// same.
  [[nodiscard]] const std::string& base_fingerprint() const;

 private:
  /// Appends the ids of text that holds none of the tokens looked for before normalization.
  void encode_normalized(std::string_view text, std::vector<TokenId>& ids) const;

  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace lightreasoner::text
