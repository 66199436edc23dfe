// SPDX-License-Identifier: Apache-2.0
/// Byte-pair encoding of one word, from its bytes to token ids.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lightreasoner::text {

/// The integer type of vocabulary ids.
using TokenId = std::int32_t;

/// Two neighbours become one token; the position in the merge list is the rank, lower goes first.
struct Merge {
  TokenId left = 0;
  TokenId right = 0;
  TokenId merged = 0;
};

/// What a word's bytes are before any merge.
struct ByteTokens {
  std::array<std::optional<TokenId>, 256> ids{};  ///< none for a byte that no token spells
  std::optional<TokenId> unknown =
      std::nullopt;            ///< in place of such a byte, which else is left out
  bool fuses_unknown = false;  ///< one for a run of such bytes
};

struct BpeModel {
  struct RankedMerge {
    std::uint32_t rank = 0;
    TokenId merged = 0;
  };
  ByteTokens bytes;
  std::unordered_map<std::uint64_t, RankedMerge> merges;  ///< by pair_key
  std::unordered_map<std::string, TokenId> words;  ///< taken whole before any merge (ignore_merges)
};

[[nodiscard]] BpeModel make_bpe_model(const ByteTokens& bytes, std::span<const Merge> merges);

/// Appends the word's ids: of all mergeable neighbours the pair of lowest rank, leftmost first, is
/// merged until none is left. Bytes around one that is left out are neighbours. O(n log n) for n
/// bytes.
void encode_word(const BpeModel& model, std::string_view word, std::vector<TokenId>& ids);

}  // namespace lightreasoner::text
