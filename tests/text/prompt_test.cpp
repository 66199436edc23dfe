// SPDX-License-Identifier: Apache-2.0
#include "text/prompt.hpp"

#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The embedded pair's, with the tokens of ChatML and no other.
const Tokenizer& tokenizer() {
  static const Tokenizer demo = Tokenizer::parse(
      support::read_file(LIGHTREASONER_SOURCE_DIR "/config/demo/expert/tokenizer.json"), "demo");
  return demo;
}

TEST(MarksInPieces, AreThoseWithoutATokenOfTheirOwn) {
  EXPECT_THAT(marks_in_pieces(tokenizer(), {}, Mark::marker), IsEmpty());
  const PromptFormat zephyr{.before_system = "<|system|>\n",
                            .before_question = "</s>\n<|user|>\n<|im_end|>",
                            .after_question = "</s>\n<|assistant|>\n",
                            .without_system = "<|user|>\n"};
  EXPECT_THAT(marks_in_pieces(tokenizer(), zephyr, Mark::marker),
              ElementsAre("<|system|>", "<|user|>", "<|assistant|>"));
  EXPECT_THAT(marks_in_pieces(tokenizer(), zephyr, Mark::tag), ElementsAre("</s>"));
}

TEST(MarksInPieces, AreLookedForInTheSystemPromptToo) {
  const PromptFormat format{.system = "Think in <think> first. <|end|>"};
  EXPECT_THAT(marks_in_pieces(tokenizer(), format, Mark::marker), ElementsAre("<|end|>"));
  EXPECT_THAT(marks_in_pieces(tokenizer(), format, Mark::tag), ElementsAre("<think>"));
}

TEST(MarksInPieces, AreSpeltAsFamiliesSpellThem) {
  const PromptFormat format{.before_system = "",
                            .before_question = "a < b, x <| y |> z, <not a tag>, <1>",
                            .after_question = "<\uFF5CUser\uFF5C><think>\n\n</think>"};
  EXPECT_THAT(marks_in_pieces(tokenizer(), format, Mark::marker),
              ElementsAre("<| y |>", "<\uFF5CUser\uFF5C>"));
  EXPECT_THAT(marks_in_pieces(tokenizer(), format, Mark::tag), ElementsAre("<think>", "</think>"));
}

}  // namespace
}  // namespace lightreasoner::text
