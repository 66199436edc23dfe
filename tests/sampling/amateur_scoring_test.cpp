// SPDX-License-Identifier: Apache-2.0
#include "sampling/amateur_scoring.hpp"

#include "sampling/demo_pair.hpp"
#include "sampling/sample_unit.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::sampling {
namespace {

using testing_support::refusal_of;

// The same sums in other orders: logits up to 20 rounded to 2^-24 move a divergence by 1e-6; ten of
// these. Largest seen with AVX512, AVX2 or SSE: 1.9e-6.
constexpr float kl_tolerance = 1e-5F;

records::RecordBatch sample(const DemoPair& demo, const SamplingMethod& method) {
  return sample_unit(demo.pair(), demo.problems,
                     {.max_new_tokens = 40, .steps_per_chunk = 7, .method = method}, 0.02F);
}

TEST(AmateurScoring, ReadsTextAsItReadsIds) {
  const DemoPair demo(3);
  const records::RecordBatch by_ids = sample(demo, {});
  const records::RecordBatch by_text = sample(demo, {.prefix = text::PrefixForm::text});
  EXPECT_EQ(by_text.steps.token_ids, by_ids.steps.token_ids);
  ASSERT_GT(by_ids.num_steps(), 30U);
  // The demo's texts are cut into the tokens they were made of, so the two ways agree.
  for (std::size_t step = 0; step < by_ids.num_steps(); ++step) {
    EXPECT_NEAR(by_text.steps.contrasts.kl[step], by_ids.steps.contrasts.kl[step], kl_tolerance);
  }
}

TEST(AmateurScoring, DoesNotSeePadTokensWhereAsked) {
  const DemoPair demo(3);
  Pair pair = demo.pair();
  pair.pad_id = demo.tokenizer.encode(".").at(0);  // a token that prompts do hold
  const Config config{.max_new_tokens = 12, .steps_per_chunk = 5, .method = {}};
  Config masked = config;
  masked.method.attention_mask = AttentionMask::not_pad;
  const auto all = sample_unit(pair, demo.problems, config, 0.02F);
  const auto fewer = sample_unit(pair, demo.problems, masked, 0.02F);
  masked.method.prefix = text::PrefixForm::text;
  const auto by_text = sample_unit(pair, demo.problems, masked, 0.02F);
  EXPECT_EQ(fewer.steps.token_ids, all.steps.token_ids);  // the expert sees everything
  EXPECT_NE(fewer.steps.contrasts.kl, all.steps.contrasts.kl);
  for (std::size_t step = 0; step < fewer.num_steps(); ++step) {
    EXPECT_NEAR(by_text.steps.contrasts.kl[step], fewer.steps.contrasts.kl[step], kl_tolerance);
  }
}

TEST(AmateurScoring, NamesAnIdThatTheAmateursHeadDoesNotHave) {
  const DemoPair demo(3);
  model::Decoder narrow = demo.amateur;
  narrow.config.shape.vocabulary = 250;
  narrow.embedding = narrow.head = demo.amateur.embedding.narrow(0, 0, 250);
  const text::PromptFormat short_prompt{"", "", "1", ""};
  const Pair short_pair{demo.expert,    narrow,      demo.tokenizer,
                        demo.tokenizer, demo.shared, short_prompt};
  std::vector<problems::Problem> problems(1);
  problems[0].id = 17;
  problems[0].text_id = "seventeen";
  model::DecodedChunk chunk{.first_step = 3,
                            .rows = {0},
                            .num_steps = {2},
                            .tokens = at::tensor({5, 300}, at::kLong).view({1, 2}),
                            .logits = {}};
  const auto refusal = [&](std::int64_t steps_left) {
    const std::vector<std::vector<text::TokenId>> prompts{
        text::encode_prompt(demo.tokenizer, short_prompt, "")};
    AmateurScoring scoring(short_pair, problems, prompts, {});
    model::DecodedChunk first{.first_step = 0,
                              .rows = {0},
                              .num_steps = {3},
                              .tokens = at::tensor({5, 6, 7}, at::kLong).view({1, 3}),
                              .logits = {}};
    static_cast<void>(scoring.score(first));
    return refusal_of([&] {
      static_cast<void>(scoring.score(chunk));
      if (steps_left > 0) {
        chunk.first_step = 5;
        static_cast<void>(scoring.score(chunk));
      }
    });
  };
  // A row's last token is read by nobody, nor is what is decoded after its end.
  EXPECT_EQ(refusal(0), "accepted");
  chunk.tokens = at::tensor({300, 301}, at::kLong).view({1, 2});
  chunk.num_steps = {1};
  EXPECT_EQ(refusal(0), "accepted");
  // Where the row goes on, it is.
  chunk.num_steps = {2};
  EXPECT_THAT(refusal(0), ::testing::HasSubstr("problem 17 (seventeen), step 3: the expert"));
  chunk.tokens = at::tensor({5, 300}, at::kLong).view({1, 2});
  const std::string next = refusal(2);
  EXPECT_THAT(next, ::testing::HasSubstr("step 4: the expert generates id 300"));
}

}  // namespace
}  // namespace lightreasoner::sampling
