// SPDX-License-Identifier: Apache-2.0
#include "examples/imported_samples.hpp"

#include "examples/some_records.hpp"
#include "support/refusal.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::examples {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_support::refusal_of;

struct Import {
  testing::Rules rules;
  std::map<std::string, std::string> questions = {{"train-000", "How many?"},
                                                  {"How many?", "How many?"}};

  std::int64_t max_positions = 64;

  [[nodiscard]] ImportedSamples import(const std::string& lines) const {
    return parse_samples(lines, {rules.get(), questions, 500, max_positions, "samples.jsonl"});
  }
  [[nodiscard]] ExampleSet read(const std::string& lines) const { return import(lines).set; }
  [[nodiscard]] std::string error(const std::string& lines) const {
    return refusal_of([&] { return read(lines); });
  }
};

const std::string good =
    R"({"prompt_id": "train-000", "step": 2, "prefix": "Solution: 1", "tokens": ["a", "b"], )"
    R"("token_ids": [7, 490], "weights": [0.75, 0.25], "kl_divergence": 0.5})"
    "\n";

std::string sample_of(const std::string& prompt_id) {
  return R"({"prompt_id": ")" + prompt_id +
         R"(", "prefix": "", "token_ids": [3], "weights": [1.0]})" + "\n";
}

TEST(ImportedSamples, AreExamplesOfPromptAndPrefix) {
  const Import import;
  const ExampleSet set = import.read(good + sample_of("train-000"));
  ASSERT_EQ(set.size(), 2U);
  EXPECT_EQ(set.trajectories[0], import.rules.tokenizer.encode("<S|How many?>Solution: 1"));
  EXPECT_EQ(set.trajectories[1], import.rules.tokenizer.encode("<S|How many?>"));
  EXPECT_EQ(set.examples[0].prefix_length, set.trajectories[0].size());
  EXPECT_THAT(set.label_offsets, ElementsAre(0, 2, 3));
  EXPECT_THAT(set.label_ids, ElementsAre(7, 490, 3));
  EXPECT_THAT(set.label_weights, ElementsAre(0.75F, 0.25F, 1.0F));
}

TEST(ImportedSamples, MayNameAProblemByItsQuestion) {
  const Import import;
  const ImportedSamples known = import.import(good + sample_of("How many?"));
  EXPECT_EQ(known.set.trajectories[1], import.rules.tokenizer.encode("<S|How many?>"));
  EXPECT_EQ(known.num_unknown, 0U);
  const ImportedSamples unknown = import.import(sample_of("Why?") + sample_of("How many?"));
  EXPECT_EQ(unknown.set.trajectories[0], import.rules.tokenizer.encode("<S|Why?>"));
  EXPECT_EQ(unknown.num_unknown, 1U);
}

TEST(ImportedSamples, MayNotMixIdsWithWhatIsNone) {
  const Import import;
  const std::string error = import.error(sample_of("train-999") + good);
  EXPECT_THAT(error, HasSubstr("samples.jsonl:1: field \"prompt_id\" is \"train-999\""));
  EXPECT_THAT(error, HasSubstr("though line 2 has one's; give the set"));
}

TEST(ImportedSamples, AreReadFromFilesAsPeopleWriteThem) {
  const Import import;
  const std::string line = good.substr(0, good.size() - 1);
  EXPECT_EQ(import.read(line + "\r\n" + line + "\r\n").size(), 2U);
  EXPECT_EQ(import.read("\xEF\xBB\xBF" + good + "\n" + good + " \n\n").size(), 2U);
  EXPECT_THAT(import.error(good + "\n[1]\n"), HasSubstr("samples.jsonl:3: "));
}

TEST(ImportedSamples, AreNoLongerThanTheModelReads) {
  Import import;
  import.max_positions = std::ssize(import.rules.tokenizer.encode("<S|How many?>Solution: 1"));
  EXPECT_EQ(import.error(good), "accepted");
  --import.max_positions;
  EXPECT_THAT(import.error(sample_of("train-000") + good),
              HasSubstr(fmt::format("samples.jsonl:2: prompt and prefix have {} tokens, but "
                                    "models.expert has {} positions",
                                    import.max_positions + 1, import.max_positions)));
  import.rules.prompt = {"", "", "", ""};
  EXPECT_THAT(import.error(sample_of("")), HasSubstr(":1: prompt and prefix have no token"));
  import.rules.prompt = {"S", "<", "|", ">"};
  import.rules.method.max_prefix_tokens = static_cast<std::uint64_t>(import.max_positions);
  EXPECT_EQ(import.error(good), "accepted");
}

TEST(ImportedSamples, ObeyTheMethodsSwitches) {
  Import import;
  import.rules.method = {.max_prefix_tokens = 4, .label_vocabulary = LabelVocabulary::tokenizer};
  const ExampleSet set = import.read(good);
  EXPECT_EQ(set.examples[0].prefix_length, 4U);
  EXPECT_THAT(set.label_ids, ElementsAre(7));  // 490 is beyond the tokenizer's own 485
}

TEST(ImportedSamples, AreRefusedWithFileLineAndField) {
  const Import import;
  EXPECT_THAT(import.error(""), HasSubstr("samples.jsonl: no samples"));
  EXPECT_THAT(import.error(good + "[1]\n"), HasSubstr("samples.jsonl:2: expected a JSON object"));
  EXPECT_THAT(import.error(good + "{\"prompt_id\": \"x\"}\n"),
              HasSubstr(":2: key \"prefix\": is missing"));
  const auto with = [](const std::string& ids, const std::string& weights) {
    return R"({"prompt_id": "x", "prefix": "", "token_ids": )" + ids + R"(, "weights": )" +
           weights + "}";
  };
  EXPECT_THAT(import.error(with("[1, 2]", "[1]")), HasSubstr("2 \"token_ids\" and 1 \"weights\""));
  EXPECT_THAT(import.error(with("[]", "[]")), HasSubstr("one weight a token"));
  EXPECT_THAT(import.error(with("[500]", "[1]")),
              HasSubstr("holds 500, but models.expert has ids"));
  EXPECT_THAT(import.error(with("[-1]", "[1]")), HasSubstr("holds -1"));
  EXPECT_THAT(import.error(with("[1, 2]", "[0.5, 0.4]")), HasSubstr("sum to 1, not 0.9"));
  EXPECT_THAT(import.error(with("[1, 2]", "[1.5, -0.5]")), HasSubstr("no soft label"));
  EXPECT_THAT(import.error(with("[1]", "[\"a\"]")),
              HasSubstr("key \"weights.0\": is \"a\", expected a number"));
  EXPECT_THAT(import.error(with("[1, 2]", "[0.5, null]")),
              HasSubstr("key \"weights.1\": is null, expected a number"));
  EXPECT_THAT(import.error(with("[5.7]", "[1]")),
              HasSubstr("key \"token_ids.0\": is 5.7, expected a whole number"));
  EXPECT_THAT(import.error(with("[true]", "[1]")),
              HasSubstr("key \"token_ids.0\": is true, expected"));
  EXPECT_THAT(import.error(with("[1]", "[true]")),
              HasSubstr("key \"weights.0\": is true, expected"));
  EXPECT_THAT(import.error(with("\"a\"", "[1]")),
              HasSubstr("key \"token_ids\": is \"a\", expected a list"));
}

}  // namespace
}  // namespace lightreasoner::examples
