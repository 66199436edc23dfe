// SPDX-License-Identifier: Apache-2.0
#include "text/bpe.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <string>

namespace lightreasoner::text {
namespace {

ByteTokens bytes_as_ids() {
  ByteTokens bytes;
  for (std::size_t byte = 0; byte < bytes.ids.size(); ++byte) {
    bytes.ids.at(byte) = static_cast<TokenId>(byte);
  }
  return bytes;
}

/// The definition, without a queue: search all neighbours for the lowest rank after each merge.
std::vector<TokenId> encode_slowly(const std::vector<Merge>& merges, const std::string& word) {
  std::map<std::pair<TokenId, TokenId>, std::size_t> ranks;
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    ranks[{merges[rank].left, merges[rank].right}] = rank;
  }
  std::vector<TokenId> ids;
  for (const char character : word) ids.push_back(static_cast<unsigned char>(character));
  while (true) {
    std::size_t best_rank = merges.size();
    std::size_t best = 0;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto found = ranks.find({ids[i], ids[i + 1]});
      if (found != ranks.end() && found->second < best_rank) {
        best_rank = found->second;
        best = i;
      }
    }
    if (best_rank == merges.size()) return ids;
    ids[best] = merges[best_rank].merged;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

/// Merges over a small alphabet in an order no trainer would give.
std::vector<Merge> random_merges(std::mt19937& random) {
  std::vector<std::string> spelled(256 + 40);
  std::map<std::string, TokenId> ids;
  for (TokenId id = 'a'; id <= 'd'; ++id) {
    spelled[static_cast<std::size_t>(id)] = std::string(1, static_cast<char>(id));
    ids[spelled[static_cast<std::size_t>(id)]] = id;
  }
  std::vector<Merge> merges;
  for (TokenId next = 256; next < 256 + 40;) {
    const auto pick = [&] {
      return *std::next(ids.begin(), static_cast<long>(random() % ids.size()));
    };
    const auto [left, left_id] = pick();
    const auto [right, right_id] = pick();
    const auto [merged, is_new] = ids.try_emplace(left + right, next);
    if (is_new) ++next;
    merges.push_back({left_id, right_id, merged->second});
  }
  std::shuffle(merges.begin(), merges.end(), random);
  return merges;
}

TEST(EncodeWord, MergesInOrderOfRankLeftmostFirst) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const std::vector<Merge> merges = random_merges(random);
    const BpeModel model = make_bpe_model(bytes_as_ids(), merges);
    for (int word_round = 0; word_round < 20; ++word_round) {
      std::string word(random() % 40, 'a');
      for (char& character : word) character = static_cast<char>('a' + random() % 5);
      std::vector<TokenId> ids;
      encode_word(model, word, ids);
      ASSERT_EQ(ids, encode_slowly(merges, word)) << word;
    }
  }
}

TEST(EncodeWord, LastOfTwoEqualMergesGivesTheRank) {
  const std::vector<Merge> merges{{'a', 'b', 256}, {'b', 'c', 257}, {'a', 'b', 256}};
  std::vector<TokenId> ids;
  encode_word(make_bpe_model(bytes_as_ids(), merges), "abc", ids);
  EXPECT_EQ(ids, (std::vector<TokenId>{'a', 257}));
}

TEST(EncodeWord, AMegabyteWordTakesNoQuadraticTime) {
  const std::vector<Merge> merges{{'a', 'a', 256}, {256, 256, 257}};
  std::vector<TokenId> ids;
  encode_word(make_bpe_model(bytes_as_ids(), merges), std::string(1 << 20, 'a'), ids);
  EXPECT_EQ(ids, std::vector<TokenId>(1 << 18, 257));
}

}  // namespace
}  // namespace lightreasoner::text
