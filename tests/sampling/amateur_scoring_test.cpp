// SPDX-License-Identifier: Apache-2.0
#include "sampling/amateur_scoring.hpp"

#include "model/weights.hpp"
#include "sampling/sample_unit.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::sampling {
namespace {

constexpr float kl_tolerance = 1e-4F;  // the same sums in other orders

/// The demo's pair on its first problems.
struct Demo {
  std::filesystem::path folder = LIGHTREASONER_SOURCE_DIR "/config/demo";
  model::Decoder expert = model::load_decoder(folder / "expert");
  model::Decoder amateur = model::load_decoder(folder / "amateur");
  text::Tokenizer tokenizer = text::Tokenizer::parse(
      support::read_file(folder / "expert/tokenizer.json"), "tokenizer.json");
  text::SharedVocabulary shared = text::cut_vocabulary(485, 485);
  text::PromptFormat prompt = {.system = "Please reason step by step."};
  std::vector<problems::Problem> problems = [&] {
    const problems::Config config{folder / "problems/train.jsonl"};
    auto all = problems::parse_problems(support::read_file(config.file), config, false);
    all.resize(3);
    return all;
  }();

  [[nodiscard]] Pair pair() const {
    return {expert, amateur, tokenizer, tokenizer, shared, prompt};
  }
  [[nodiscard]] records::RecordBatch sample(const Method& method) const {
    return sample_unit(pair(), problems,
                       {.max_new_tokens = 40, .steps_per_chunk = 7, .method = method}, 0.02F);
  }
};

TEST(AmateurScoring, ReadsTextAsItReadsIds) {
  const Demo demo;
  const records::RecordBatch by_ids = demo.sample({});
  const records::RecordBatch by_text = demo.sample({.prefix = "text"});
  EXPECT_EQ(by_text.token_ids, by_ids.token_ids);
  ASSERT_GT(by_ids.num_steps(), 30U);
  // The demo's texts are cut into the tokens they were made of, so the two ways agree.
  for (std::size_t step = 0; step < by_ids.num_steps(); ++step) {
    EXPECT_NEAR(by_text.contrasts.kl[step], by_ids.contrasts.kl[step], kl_tolerance);
  }
}

TEST(AmateurScoring, DoesNotSeePadTokensWhereAsked) {
  const Demo demo;
  Pair pair = demo.pair();
  pair.pad_id = demo.tokenizer.encode(".").at(0);  // a token that prompts do hold
  const Config config{.max_new_tokens = 12, .steps_per_chunk = 5, .method = {}};
  Config masked = config;
  masked.method.attention_mask = "not_pad";
  const auto all = sample_unit(pair, demo.problems, config, 0.02F);
  const auto fewer = sample_unit(pair, demo.problems, masked, 0.02F);
  masked.method.prefix = "text";
  const auto by_text = sample_unit(pair, demo.problems, masked, 0.02F);
  EXPECT_EQ(fewer.token_ids, all.token_ids);  // the expert sees everything
  EXPECT_NE(fewer.contrasts.kl, all.contrasts.kl);
  for (std::size_t step = 0; step < fewer.num_steps(); ++step) {
    EXPECT_NEAR(by_text.contrasts.kl[step], fewer.contrasts.kl[step], kl_tolerance);
  }
}

TEST(AmateurScoring, NamesAnIdThatTheAmateursHeadDoesNotHave) {
  const Demo demo;
  model::Decoder narrow = demo.amateur;
  narrow.config.vocabulary = 250;
  narrow.embedding = narrow.head = demo.amateur.embedding.narrow(0, 0, 250);
  const text::PromptFormat short_prompt{"", "", "1", ""};
  const Pair short_pair{demo.expert,    narrow,      demo.tokenizer,
                        demo.tokenizer, demo.shared, short_prompt};
  std::vector<problems::Problem> problems(1);
  problems[0].id = 17;
  problems[0].text_id = "seventeen";
  AmateurScoring refusing(short_pair, problems, {});
  const model::DecodedChunk chunk{.first_step = 3,
                                  .rows = {0},
                                  .num_steps = {2},
                                  .tokens = at::tensor({5, 300}, at::kLong).view({1, 2}),
                                  .logits = {}};
  try {
    static_cast<void>(refusing.score(chunk));
    FAIL() << "id 300 was read by a head of 250";
  } catch (const support::UserError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("problem 17 (seventeen), step 4: the expert"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("id 300"));
  }
}

}  // namespace
}  // namespace lightreasoner::sampling
