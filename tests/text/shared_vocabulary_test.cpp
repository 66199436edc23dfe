// SPDX-License-Identifier: Apache-2.0
#include "text/shared_vocabulary.hpp"

#include "support/refusal.hpp"
#include "tokenizer_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing_support::refusal_of;

/// The demo's tokenizer with tokens added behind its own, in this order.
Tokenizer with_added(const std::vector<std::string>& contents) {
  nlohmann::json file = demo_tokenizer_json();
  const TokenId first = static_cast<TokenId>(demo_tokenizer().vocabulary_size());
  for (std::size_t i = 0; i < contents.size(); ++i) {
    file["added_tokens"].push_back({{"id", first + static_cast<TokenId>(i)},
                                    {"content", contents[i]},
                                    {"special", true},
                                    {"normalized", false},
                                    {"single_word", false},
                                    {"lstrip", false},
                                    {"rstrip", false}});
  }
  return Tokenizer::parse(file.dump(), "tokenizer.json");
}

TEST(SharedVocabulary, OfEqualTokenizersIsTheNarrowerHead) {
  const Tokenizer tokenizer = demo_tokenizer();
  const std::int64_t n = tokenizer.vocabulary_size();
  const SharedVocabulary shared =
      share_vocabulary({tokenizer, n + 100}, {tokenizer, n + 30});  // both heads are padded
  EXPECT_TRUE(shared.is_leading);
  EXPECT_EQ(std::ssize(shared.expert_ids), n + 30);
  EXPECT_EQ(shared.expert_ids.back(), n + 29);
  EXPECT_EQ(shared.amateur_ids, shared.expert_ids);
  EXPECT_TRUE(shared.translations.empty());
}

TEST(SharedVocabulary, OfTokenizersWithOtherAddedTokensGoesBySpelling) {
  const auto n = static_cast<TokenId>(demo_tokenizer().vocabulary_size());
  const Tokenizer expert = with_added({"<think>", "</think>", "<|fim|>"});
  const Tokenizer amateur = with_added({"<|fim|>", "<|box|>", "<think>"});
  const SharedVocabulary shared = share_vocabulary({expert, n + 20}, {amateur, n + 10});
  EXPECT_FALSE(shared.is_leading);
  ASSERT_EQ(std::ssize(shared.expert_ids), n + 2);  // "</think>" and paddings are not shared
  EXPECT_EQ(shared.expert_ids[static_cast<std::size_t>(n)], n);
  EXPECT_EQ(shared.amateur_ids[static_cast<std::size_t>(n)], n + 2);
  EXPECT_EQ(shared.expert_ids.back(), n + 2);
  EXPECT_EQ(shared.amateur_ids.back(), n);
  EXPECT_THAT(shared.translations,
              ElementsAre(Pair(n, ElementsAre(n + 2)),
                          Pair(n + 1, amateur.encode("</think>")),  // spelled out
                          Pair(n + 2, ElementsAre(n))));
  EXPECT_GT(shared.translations.at(n + 1).size(), 1U);
}

TEST(SharedVocabulary, LeavesOutTokensThatANarrowHeadCannotGive) {
  const auto n = static_cast<TokenId>(demo_tokenizer().vocabulary_size());
  const Tokenizer expert = with_added({"<a>", "<b>"});
  const Tokenizer amateur = with_added({"<a>", "<b>", "<c>"});
  const SharedVocabulary shared = share_vocabulary({expert, n + 2}, {amateur, n + 1});
  EXPECT_TRUE(shared.is_leading);
  EXPECT_EQ(shared.expert_ids.back(), n);
}

TEST(SharedVocabulary, OfOtherBpeModelsIsRefusedSayingWhatDiffers) {
  const Tokenizer expert = demo_tokenizer();
  const auto refusal = [&](const nlohmann::json& file) {
    const Tokenizer amateur = Tokenizer::parse(file.dump(), "tokenizer.json");
    return refusal_of([&] { return share_vocabulary({expert, 485}, {amateur, 485}); });
  };
  nlohmann::json other_merges = demo_tokenizer_json();
  other_merges["model"]["merges"].erase(other_merges["model"]["merges"].size() - 1);
  EXPECT_THAT(refusal(other_merges),
              AllOf(HasSubstr("the same tokens under the same ids, but other merges"),
                    HasSubstr("choose an amateur of the expert's family")));
  nlohmann::json other_ids = demo_tokenizer_json();
  std::swap(other_ids["model"]["vocab"]["a"], other_ids["model"]["vocab"]["b"]);
  EXPECT_THAT(refusal(other_ids), AllOf(HasSubstr("485 and 485 tokens, 485 of them spelled alike"),
                                        HasSubstr("choose an amateur of the expert's family")));
}

TEST(CutVocabulary, TakesIdsAsTheyAre) {
  const SharedVocabulary shared = cut_vocabulary(7, 5);
  EXPECT_THAT(shared.expert_ids, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(shared.amateur_ids, shared.expert_ids);
  EXPECT_TRUE(shared.is_leading);
}

TEST(Tokenizer, CountsItsOwnTokensApartFromAddedOnes) {
  const Tokenizer tokenizer = with_added({"<think>"});
  EXPECT_EQ(tokenizer.base_size(), demo_tokenizer().vocabulary_size());
  EXPECT_EQ(tokenizer.spelling(static_cast<TokenId>(tokenizer.base_size())), "<think>");
  EXPECT_EQ(tokenizer.base_fingerprint(), demo_tokenizer().base_fingerprint());
  EXPECT_NE(tokenizer.fingerprint(), demo_tokenizer().fingerprint());
}

}  // namespace
}  // namespace lightreasoner::text
