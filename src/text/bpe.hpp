// SPDX-License-Identifier: Apache-2.0
/// Byte-pair encoding of one word, from its bytes to token ids.
#pragma once

#include <array>
#include <cstdint>
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

struct BpeModel {
  struct RankedMerge {
    std::uint32_t rank = 0;
    TokenId merged = 0;
  };
  std::array<TokenId, 256> byte_ids{};                    ///< the one-byte tokens
  std::unordered_map<std::uint64_t, RankedMerge> merges;  ///< by pair_key
  std::unordered_map<std::string, TokenId> words;  ///< taken whole before any merge (ignore_merges)
};

[[nodiscard]] BpeModel make_bpe_model(const std::array<TokenId, 256>& byte_ids,
                                      std::span<const Merge> merges);

/// Appends the word's ids: of all mergeable neighbours the pair of lowest rank, leftmost first, is
/// merged until none is left. O(n log n) for n bytes.
void encode_word(const BpeModel& model, std::string_view word, std::vector<TokenId>& ids);

}  // namespace lightreasoner::text
