// SPDX-License-Identifier: Apache-2.0
#include "text/shared_vocabulary.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <optional>

namespace lightreasoner::text {
namespace {

/// The amateur's id of an expert's token, when its head has one.
std::optional<TokenId> amateur_id(const Vocabulary& expert, const Vocabulary& amateur, TokenId id) {
  const auto found = amateur.tokenizer.find(expert.tokenizer.spelling(id));
  return found && *found < amateur.head_width ? found : std::nullopt;
}

std::int64_t num_common_tokens(const Tokenizer& expert, const Tokenizer& amateur) {
  std::int64_t count = 0;
  for (TokenId id = 0; id < expert.vocabulary_size(); ++id) {
    if (!expert.spelling(id).empty()) count += amateur.find(expert.spelling(id)) ? 1 : 0;
  }
  return count;
}

bool has_same_tokens(const Tokenizer& expert, const Tokenizer& amateur) {
  TokenId id = 0;
  const auto size = static_cast<TokenId>(expert.vocabulary_size());
  while (id < size && expert.vocabulary_size() == amateur.vocabulary_size() &&
         expert.spelling(id) == amateur.spelling(id)) {
    ++id;
  }
  return id == size;
}

}  // namespace

void require_comparable(const Tokenizer& expert, const Tokenizer& amateur) {
  if (expert.base_fingerprint() != amateur.base_fingerprint()) {
    throw support::UserError(fmt::format(
        "models.expert and models.amateur have different tokenizers: {}, so the two models' steps "
        "cannot be compared; choose an amateur of the expert's family",
        has_same_tokens(expert, amateur)
            ? std::string("the same tokens under the same ids, but other merges, or other "
                          "properties of tokens, in tokenizer.json")
            : fmt::format("{} and {} tokens, {} of them spelled alike, but not the same ones under "
                          "the same ids",
                          expert.vocabulary_size(), amateur.vocabulary_size(),
                          num_common_tokens(expert, amateur))));
  }
}

SharedVocabulary share_vocabulary(const Vocabulary& expert, const Vocabulary& amateur) {
  require_comparable(expert.tokenizer, amateur.tokenizer);
  if (expert.tokenizer.fingerprint() == amateur.tokenizer.fingerprint()) {
    return cut_vocabulary(expert.head_width, amateur.head_width);
  }
  SharedVocabulary shared;
  const std::int64_t num_ids = std::min(expert.tokenizer.vocabulary_size(), expert.head_width);
  for (TokenId id = 0; id < num_ids; ++id) {
    if (expert.tokenizer.spelling(id).empty()) continue;
    const auto other = amateur_id(expert, amateur, id);
    if (other) {
      shared.is_leading =
          shared.is_leading && *other == id && std::ssize(shared.expert_ids) == std::ptrdiff_t{id};
      shared.expert_ids.push_back(id);
      shared.amateur_ids.push_back(*other);
    }
    if (!other) {
      shared.translations[id] = amateur.tokenizer.encode(expert.tokenizer.token_text(id));
    } else if (*other != id) {
      shared.translations[id] = {*other};
    }
  }
  return shared;
}

SharedVocabulary cut_vocabulary(std::int64_t expert_width, std::int64_t amateur_width) {
  SharedVocabulary shared;
  shared.expert_ids.resize(static_cast<std::size_t>(std::min(expert_width, amateur_width)));
  std::iota(shared.expert_ids.begin(), shared.expert_ids.end(), TokenId{0});
  shared.amateur_ids = shared.expert_ids;
  return shared;
}

}  // namespace lightreasoner::text
