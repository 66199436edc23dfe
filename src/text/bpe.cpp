// SPDX-License-Identifier: Apache-2.0
#include "text/bpe.hpp"

#include <cstddef>
#include <queue>
#include <tuple>

namespace lightreasoner::text {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);
constexpr TokenId merged_away = -1;

/// A token of the word in the making, linked to its neighbours.
struct Symbol {
  TokenId id;
  std::size_t previous;
  std::size_t next;
};

/// A merge that was possible when it was queued; neighbours may have changed since.
struct QueuedMerge {
  std::uint32_t rank;
  std::size_t position;  // of the left symbol
  TokenId merged;

  bool operator>(const QueuedMerge& other) const {
    return std::tie(rank, position) > std::tie(other.rank, other.position);
  }
};

using Queue = std::priority_queue<QueuedMerge, std::vector<QueuedMerge>, std::greater<>>;

std::uint64_t pair_key(TokenId left, TokenId right) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) |
         static_cast<std::uint32_t>(right);
}

/// The word's bytes as tokens, each linked to the next.
std::vector<Symbol> chain(const ByteTokens& bytes, std::string_view word) {
  std::vector<Symbol> symbols;
  symbols.reserve(word.size());
  bool after_unknown = false;
  for (const char character : word) {
    const std::optional<TokenId> known = bytes.ids[static_cast<unsigned char>(character)];
    const std::optional<TokenId> id = known ? known : bytes.unknown;
    const bool is_fused = !known && after_unknown && bytes.fuses_unknown;
    after_unknown = !known;
    if (!id || is_fused) continue;
    const std::size_t position = symbols.size();
    if (position > 0) symbols.back().next = position;
    symbols.push_back({*id, position == 0 ? none : position - 1, none});
  }
  return symbols;
}

const BpeModel::RankedMerge* find_merge(const BpeModel& model, const std::vector<Symbol>& symbols,
                                        std::size_t left) {
  if (left == none || symbols[left].next == none) return nullptr;
  const TokenId right_id = symbols[symbols[left].next].id;
  const auto found = model.merges.find(pair_key(symbols[left].id, right_id));
  return found == model.merges.end() ? nullptr : &found->second;
}

void offer(const BpeModel& model, const std::vector<Symbol>& symbols, std::size_t left,
           Queue& queue) {
  if (const auto* merge = find_merge(model, symbols, left)) {
    queue.push({merge->rank, left, merge->merged});
  }
}

/// Puts the merged token in the left symbol's place and drops the right one from the chain.
void apply(const QueuedMerge& merge, std::vector<Symbol>& symbols) {
  Symbol& left = symbols[merge.position];
  Symbol& right = symbols[left.next];
  left.id = merge.merged;
  left.next = right.next;
  if (right.next != none) symbols[right.next].previous = merge.position;
  right.id = merged_away;
}

}  // namespace

BpeModel make_bpe_model(const ByteTokens& bytes, std::span<const Merge> merges) {
  BpeModel model;
  model.bytes = bytes;
  model.merges.reserve(merges.size());
  std::uint32_t rank = 0;
  for (const Merge& merge : merges) {
    model.merges.insert_or_assign(pair_key(merge.left, merge.right),
                                  BpeModel::RankedMerge{rank++, merge.merged});
  }
  return model;
}

void encode_word(const BpeModel& model, std::string_view word, std::vector<TokenId>& ids) {
  if (!model.words.empty()) {
    if (const auto whole = model.words.find(std::string(word)); whole != model.words.end()) {
      ids.push_back(whole->second);
      return;
    }
  }
  std::vector<Symbol> symbols = chain(model.bytes, word);
  Queue queue;
  for (std::size_t i = 0; i < symbols.size(); ++i) offer(model, symbols, i, queue);

  while (!queue.empty()) {
    const QueuedMerge best = queue.top();
    queue.pop();
    if (symbols[best.position].id == merged_away) continue;
    const auto* merge = find_merge(model, symbols, best.position);
    if (merge == nullptr || merge->rank != best.rank) continue;
    apply(best, symbols);
    offer(model, symbols, symbols[best.position].previous, queue);
    offer(model, symbols, best.position, queue);
  }
  for (const Symbol& symbol : symbols) {
    if (symbol.id != merged_away) ids.push_back(symbol.id);
  }
}

}  // namespace lightreasoner::text
