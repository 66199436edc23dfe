// SPDX-License-Identifier: Apache-2.0
#include "examples/record_in_words.hpp"

#include "examples/some_records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

namespace lightreasoner::examples {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(RecordInWords, MarksSelectedStepsAndGivesTheirLabels) {
  records::RecordBatch batch = testing::four_problems();
  batch.problems.text_ids = {"a", "b", "c", "d"};
  batch.problems.finish_reasons.assign(4, records::FinishReason::length);
  const testing::Rules rules;
  const std::string words = record_in_words(batch, 1, rules.contrast, rules.tokenizer);
  EXPECT_THAT(words, StartsWith("problem 1 (b)\n  How many?\n\nexpert's answer (3 tokens, cut at "
                                "sampling.max_new_tokens)\n"));
  EXPECT_THAT(words, HasSubstr("\n   0*"));
  EXPECT_THAT(words, HasSubstr("\n   1 "));
  EXPECT_THAT(words, HasSubstr("\n   2*"));
  EXPECT_THAT(words, HasSubstr(" 0.750, "));
  EXPECT_THAT(words, HasSubstr("; 2 of 3 steps\n"));
  EXPECT_THROW(static_cast<void>(record_in_words(batch, 9, rules.contrast, rules.tokenizer)),
               std::logic_error);
}

}  // namespace
}  // namespace lightreasoner::examples
