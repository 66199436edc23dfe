// SPDX-License-Identifier: Apache-2.0
#include "records/columns.hpp"

#include "kernels/plausibility.hpp"
#include "records/made_up_records.hpp"

#include <algorithm>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <span>
#include <stdexcept>
#include <string>

namespace lightreasoner::records {
namespace {

using testing::bytes_of;
using testing::made_up_problems;

/// What is stored under a path.
template <typename Value>
std::vector<Value> stored(const Columns& columns, std::string_view path) {
  const auto found = std::find_if(schema.begin(), schema.end(),
                                  [&](const Dataset& dataset) { return dataset.path == path; });
  const auto& bytes = columns.at(static_cast<std::size_t>(found - schema.begin()));
  std::vector<Value> values(bytes.size() / sizeof(Value));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

/// The format: what lies in which dataset. A changed digest is another format, which needs another
/// format_version.
TEST(RecordSchema, IsTheFormatOfThisVersion) {
  std::string lines;
  for (const Dataset& dataset : schema) {
    lines += std::string(dataset.path) + " " + std::to_string(static_cast<int>(dataset.type)) +
             " " + std::to_string(dataset.row_length) + (dataset.is_offsets ? " offsets " : " ") +
             dataset.description + "\n";
  }
  EXPECT_EQ(format_version, 2U);
  EXPECT_EQ(support::to_hex(support::sha256(lines)),
            "02030b37b46b7aebb9885517164cdd195faaccf314164f8da4985ce5e28bdc91")
      << lines;
}

TEST(RecordSchema, PutsEveryMemberUnderItsOwnName) {
  const RecordBatch batch = made_up_problems(3, 40);
  const Columns columns = to_columns(batch);
  const contrast::StepContrasts& steps = batch.steps.contrasts;
  EXPECT_EQ(stored<std::uint64_t>(columns, "/problems/id"), batch.problems.ids);
  EXPECT_EQ(stored<FinishReason>(columns, "/problems/finish_reason"),
            batch.problems.finish_reasons);
  EXPECT_EQ(stored<support::Sha256>(columns, "/problems/line_sha256"), batch.problems.line_sha256);
  std::string questions;
  for (const std::string& question : batch.problems.questions) {
    questions += question;
  }
  EXPECT_THAT(stored<char>(columns, "/problems/question_bytes"),
              ::testing::ElementsAreArray(questions));
  EXPECT_EQ(stored<std::uint64_t>(columns, "/problems/prompt_offsets"), batch.prompts.offsets);
  EXPECT_EQ(stored<std::int32_t>(columns, "/prompts/token_id"), batch.prompts.token_ids);
  EXPECT_EQ(stored<std::uint64_t>(columns, "/problems/step_offsets"), batch.steps.offsets);
  EXPECT_EQ(stored<std::int32_t>(columns, "/steps/token_id"), batch.steps.token_ids);
  EXPECT_EQ(stored<float>(columns, "/steps/kl"), steps.kl);
  EXPECT_EQ(stored<float>(columns, "/steps/expert_entropy"), steps.expert.entropy);
  EXPECT_EQ(stored<float>(columns, "/steps/amateur_entropy"), steps.amateur.entropy);
  EXPECT_EQ(stored<std::int32_t>(columns, "/steps/expert_top_id"), steps.expert.top_id);
  EXPECT_EQ(stored<std::int32_t>(columns, "/steps/amateur_top_id"), steps.amateur.top_id);
  EXPECT_EQ(stored<float>(columns, "/steps/expert_top_probability"), steps.expert.top_probability);
  EXPECT_EQ(stored<float>(columns, "/steps/amateur_top_probability"),
            steps.amateur.top_probability);
  EXPECT_EQ(stored<float>(columns, "/steps/expert_lost_mass"), steps.expert.lost_mass);
  EXPECT_EQ(stored<float>(columns, "/steps/amateur_lost_mass"), steps.amateur.lost_mass);
  EXPECT_EQ(stored<std::uint64_t>(columns, "/steps/floor_offsets"), steps.floor.offsets);
  EXPECT_EQ(stored<std::int32_t>(columns, "/floor/token_id"), steps.floor.ids);
  EXPECT_EQ(stored<float>(columns, "/floor/expert_log_probability"),
            steps.floor.expert_log_probability);
  EXPECT_EQ(stored<float>(columns, "/floor/amateur_log_probability"),
            steps.floor.amateur_log_probability);
}

TEST(RecordSchema, OffsetsDatasetsComeBeforeTheirElements) {
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (schema.at(i).is_offsets) {
      ASSERT_LT(i + 1, schema.size());
      EXPECT_EQ(schema.at(i).type, ElementType::u64);
      EXPECT_FALSE(schema.at(i + 1).is_offsets);
    }
    EXPECT_GT(std::string(schema.at(i).description).size(), 0U);
  }
}

TEST(Columns, GiveBackEveryField) {
  const RecordBatch batch = made_up_problems(3, 40);
  const RecordBatch again = from_columns(deserialize(serialize(to_columns(batch))));
  EXPECT_NO_THROW(check_batch(again));
  EXPECT_EQ(again.problems.text_ids, batch.problems.text_ids);
  EXPECT_EQ(again.problems.questions, batch.problems.questions);
  EXPECT_EQ(bytes_of(again), bytes_of(batch));
}

TEST(Columns, OfNothingAreABatchOfNothing) {
  const RecordBatch batch = from_columns(deserialize(bytes_of(RecordBatch{})));
  EXPECT_NO_THROW(check_batch(batch));
  EXPECT_EQ(batch.num_problems(), 0U);
}

TEST(Columns, PutTogetherAreTheWhole) {
  const Columns whole = to_columns(made_up_problems(0, 30));
  for (const std::uint64_t cut : {0, 1, 5, 17, 30}) {
    Columns joined = to_columns(RecordBatch{});
    append_columns(joined, to_columns(made_up_problems(0, cut)));
    append_columns(joined, to_columns(made_up_problems(cut, 30)));
    EXPECT_EQ(joined, whole);
  }
}

/// Values do not matter, only how many there are: texts of four bytes a token.
RecordBatch batch_of(const PlannedBatch& size) {
  RecordBatch batch;
  const std::uint64_t steps = size.num_problems * size.steps;
  batch.problems.ids.resize(size.num_problems);
  batch.problems.line_sha256.resize(size.num_problems);
  batch.problems.finish_reasons.resize(size.num_problems);
  batch.problems.text_ids.assign(size.num_problems, std::string(4 * size.prompt, 'i'));
  batch.problems.questions = batch.problems.text_ids;
  batch.prompts.offsets.resize(size.num_problems + 1);
  batch.prompts.token_ids.resize(size.num_problems * size.prompt);
  batch.steps.offsets.resize(size.num_problems + 1);
  batch.steps.token_ids.resize(steps);
  contrast::for_each_column(contrast::statistic_columns, [&](const auto& column) {
    column.member(batch.steps.contrasts).resize(steps);
  });
  contrast::FloorSets& floor = batch.steps.contrasts.floor;
  const std::uint64_t entries = steps * kernels::planned_entries(size.plausibility_floor);
  floor.offsets.resize(steps + 1);
  floor.ids.resize(entries);
  floor.expert_log_probability.resize(entries);
  floor.amateur_log_probability.resize(entries);
  return batch;
}

TEST(BatchBytes, AreThoseOfColumnsThatHoldAllThatWasPlanned) {
  for (const PlannedBatch& size : {PlannedBatch{5, 40, 7, 0.02F}, PlannedBatch{3, 200, 1, 0.5F}}) {
    const Columns columns = to_columns(batch_of(size));
    std::uint64_t longest = 0;
    for (const auto& column : columns) {
      longest = std::max<std::uint64_t>(longest, column.size());
    }
    EXPECT_EQ(batch_bytes(size), num_bytes(columns));
    EXPECT_EQ(unpacking_bytes(size), batch_bytes(size) + longest);
  }
}

/// Bytes that are no columns end in an exception, never in a crash or a giant allocation.
TEST(ColumnsFuzz, ChangedBytesAreRefusedOrPassEveryCheck) {
  constexpr int num_trials = 20000;
  const std::string good = bytes_of(made_up_problems(0, 12));
  std::mt19937_64 random(20251008);
  for (int trial = 0; trial < num_trials; ++trial) {
    std::string bytes = good;
    for (std::uint64_t change = random() % 4; change > 0; --change) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    switch (random() % 4) {
      case 0:
        bytes.resize(random() % (bytes.size() + 1));
        break;
      case 1:
        bytes.insert(random() % bytes.size(), random() % 40, static_cast<char>(random()));
        break;
      default:
        break;
    }
    try {
      const RecordBatch batch = from_columns(deserialize(bytes));
      check_batch(batch);
      EXPECT_EQ(bytes_of(batch), bytes);
    } catch (const std::runtime_error&) {
      EXPECT_NE(bytes, good);
    }
  }
}

}  // namespace
}  // namespace lightreasoner::records
