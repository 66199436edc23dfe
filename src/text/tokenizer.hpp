// SPDX-License-Identifier: Apache-2.0
/// Byte-level BPE as Hugging Face `tokenizers` does it, read from tokenizer.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::text {

using TokenId = std::int32_t;

/// Immutable after loading and cheap to copy (shared state).
class Tokenizer {
 public:
  /// Reads the bytes of a tokenizer.json. `name` (its path) is what errors name. Throws UserError
  /// for anything that is not supported: another model than byte-level BPE, a pre-tokenizer
  /// pattern that is not on the allow-list, a normalizer, ids that repeat.
  [[nodiscard]] static Tokenizer parse(std::string_view json, const std::string& name);

  /// Token ids of UTF-8 text; special and added tokens inside the text are recognised.
  [[nodiscard]] std::vector<TokenId> encode(std::string_view text) const;
  /// Text of the ids, special tokens left out when `skip_special`. Bytes that are not UTF-8 become
  /// U+FFFD, as in `tokenizers`.
  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool skip_special) const;
  /// One token as a person would want to see it: its bytes as text, or its name for specials.
  [[nodiscard]] std::string token_text(TokenId id) const;

  [[nodiscard]] std::optional<TokenId> find(std::string_view token) const;
  /// Number of ids, added tokens included.
  [[nodiscard]] std::int64_t vocabulary_size() const;
  /// Hash over (token, id) pairs, merges and added tokens: equal for equal tokenizers however the
  /// file is laid out.
  [[nodiscard]] const std::string& fingerprint() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace lightreasoner::text
