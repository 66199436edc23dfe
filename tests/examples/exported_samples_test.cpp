// SPDX-License-Identifier: Apache-2.0
#include "examples/exported_samples.hpp"

#include "examples/imported_samples.hpp"
#include "examples/some_records.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace lightreasoner::examples {
namespace {

using testing::four_problems;
using testing::Rules;

records::RecordBatch named_problems() {
  records::RecordBatch batch = four_problems();
  batch.problems.text_ids = {"a", "b \xC3\xBC", "c", "d"};
  return batch;
}

TEST(ExportedSamples, AreTheSelectedStepsAsPythonWritesThem) {
  const Rules rules;
  const std::string lines = format_samples(named_problems(), rules.contrast, rules.tokenizer);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
  const std::string first = lines.substr(0, lines.find('\n'));
  EXPECT_THAT(first, ::testing::StartsWith(
                         R"({"prompt_id": "b \u00fc", "step": 0, "prefix": "", "tokens": [)"));
  EXPECT_THAT(first, ::testing::HasSubstr(R"("token_ids": [102, 103], "weights": [0.7)"));
  EXPECT_THAT(first, ::testing::EndsWith(R"("kl_divergence": 0.5})"));
}

/// What was exported and read again tunes as the records do where prefixes are texts.
TEST(ExportedSamples, AreReadBackAsTheSameExamples) {
  Rules rules;
  rules.method.prefix = text::PrefixForm::text;
  const std::string lines = format_samples(named_problems(), rules.contrast, rules.tokenizer);
  const std::map<std::string, std::string> questions{{"b \xC3\xBC", "How many?"},
                                                     {"d", "How many?"}};
  const ImportedSamples imported = parse_samples(lines, {.examples = rules.get(),
                                                         .questions = questions,
                                                         .head_width = 485,
                                                         .max_positions = 100,
                                                         .file = "samples.jsonl"});
  ExampleSet stored;
  append_examples(stored, four_problems(), rules.get());
  EXPECT_EQ(imported.num_unknown, 0U);
  EXPECT_EQ(imported.set.trajectories, stored.trajectories);
  EXPECT_EQ(imported.set.label_ids, stored.label_ids);
  EXPECT_EQ(imported.set.label_weights, stored.label_weights);
  EXPECT_EQ(imported.set.label_offsets, stored.label_offsets);
}

}  // namespace
}  // namespace lightreasoner::examples
