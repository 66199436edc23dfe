// SPDX-License-Identifier: Apache-2.0
#include "records/record_batch.hpp"

#include "records/config.hpp"
#include "records/made_up_records.hpp"
#include "records/schema.hpp"
#include "support/errors.hpp"

#include <cmath>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <stdexcept>

namespace lightreasoner::records {
namespace {

using testing::made_up_problems;

TEST(RecordBatch, SerializationGivesBackEveryField) {
  const RecordBatch batch = made_up_problems(3, 40);
  const RecordBatch again = deserialize(serialize(batch));
  EXPECT_EQ(again.problem_ids, batch.problem_ids);
  EXPECT_EQ(again.text_ids, batch.text_ids);
  EXPECT_EQ(again.questions, batch.questions);
  EXPECT_EQ(again.line_sha256, batch.line_sha256);
  EXPECT_EQ(again.finish_reasons, batch.finish_reasons);
  EXPECT_EQ(again.prompt_offsets, batch.prompt_offsets);
  EXPECT_EQ(again.prompt_ids, batch.prompt_ids);
  EXPECT_EQ(again.step_offsets, batch.step_offsets);
  EXPECT_EQ(again.token_ids, batch.token_ids);
  EXPECT_EQ(again.contrasts.kl, batch.contrasts.kl);
  EXPECT_EQ(again.contrasts.expert_entropy, batch.contrasts.expert_entropy);
  EXPECT_EQ(again.contrasts.amateur_entropy, batch.contrasts.amateur_entropy);
  EXPECT_EQ(again.contrasts.expert_top_id, batch.contrasts.expert_top_id);
  EXPECT_EQ(again.contrasts.amateur_top_id, batch.contrasts.amateur_top_id);
  EXPECT_EQ(again.contrasts.expert_top_probability, batch.contrasts.expert_top_probability);
  EXPECT_EQ(again.contrasts.amateur_top_probability, batch.contrasts.amateur_top_probability);
  EXPECT_EQ(again.contrasts.expert_lost_mass, batch.contrasts.expert_lost_mass);
  EXPECT_EQ(again.contrasts.amateur_lost_mass, batch.contrasts.amateur_lost_mass);
  EXPECT_EQ(again.contrasts.floor_offsets, batch.contrasts.floor_offsets);
  EXPECT_EQ(again.contrasts.floor_ids, batch.contrasts.floor_ids);
  EXPECT_EQ(again.contrasts.floor_expert_log_probability,
            batch.contrasts.floor_expert_log_probability);
  EXPECT_EQ(again.contrasts.floor_amateur_log_probability,
            batch.contrasts.floor_amateur_log_probability);
}

TEST(RecordBatch, EmptyBatchSurvivesSerialization) {
  const RecordBatch batch = deserialize(serialize(RecordBatch{}));
  EXPECT_NO_THROW(check_batch(batch, 0));
  EXPECT_EQ(batch.num_problems(), 0U);
}

TEST(RecordBatch, PartsPutTogetherAreTheWhole) {
  const RecordBatch whole = made_up_problems(0, 30);
  for (const std::uint64_t cut : {0, 1, 5, 17, 30}) {
    RecordBatch joined = made_up_problems(0, cut);
    append_batch(joined, made_up_problems(cut, 30));
    EXPECT_EQ(serialize(joined), serialize(whole));
  }
}

/// A batch with one fault, and the word by which check_batch names it.
struct Fault {
  const char* name;
  std::function<void(RecordBatch&)> make;
};

class BrokenRule : public ::testing::TestWithParam<Fault> {};

TEST_P(BrokenRule, IsNamed) {
  RecordBatch batch = made_up_problems(0, 30);
  ASSERT_NO_THROW(check_batch(batch, 400));
  GetParam().make(batch);
  try {
    check_batch(batch, 400);
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr(GetParam().name));
  }
}

INSTANTIATE_TEST_SUITE_P(
    CheckBatch, BrokenRule,
    ::
        testing::
            Values(
                Fault{"problem_ids", [](auto& b) { b.problem_ids[4] = b.problem_ids[3]; }},
                Fault{"text_ids", [](auto& b) { b.text_ids.pop_back(); }},
                Fault{"questions", [](auto& b) { b.questions.emplace_back(); }},
                Fault{"line_sha256", [](auto& b) { b.line_sha256.pop_back(); }},
                Fault{"finish_reasons", [](auto& b) { b.finish_reasons.pop_back(); }},
                Fault{"finish_reasons", [](auto& b) { b.finish_reasons[0] = FinishReason{7}; }},
                Fault{"prompt_offsets", [](auto& b) { b.prompt_offsets.clear(); }},
                Fault{"prompt_offsets", [](auto& b) { b.prompt_offsets[0] = 1; }},
                Fault{"prompt_offsets", [](auto& b) { b.prompt_offsets.back() += 1; }},
                Fault{"prompt_ids", [](auto& b) { b.prompt_ids[2] = 400; }},
                Fault{"step_offsets", [](auto& b) { b.step_offsets[3] = 1000; }},
                Fault{"step_offsets", [](auto& b) { b.token_ids.pop_back(); }},
                Fault{"token_ids", [](auto& b) { b.token_ids[0] = -1; }},
                Fault{"kl", [](auto& b) { b.contrasts.kl[1] = std::nanf(""); }},
                Fault{"kl", [](auto& b) { b.contrasts.kl[1] = -0.5F; }},
                Fault{"kl", [](auto& b) { b.contrasts.kl.pop_back(); }},
                Fault{"expert_entropy", [](auto& b) { b.contrasts.expert_entropy[1] = INFINITY; }},
                Fault{"amateur_entropy", [](auto& b) { b.contrasts.amateur_entropy.clear(); }},
                Fault{"expert_top_id", [](auto& b) { b.contrasts.expert_top_id[0] = 400; }},
                Fault{"amateur_top_id", [](auto& b) { b.contrasts.amateur_top_id.push_back(1); }},
                Fault{"expert_top_prob",
                      [](auto& b) { b.contrasts.expert_top_probability[0] = 0; }},
                Fault{"amateur_top_prob",
                      [](auto& b) { b.contrasts.amateur_top_probability[0] = 1.1F; }},
                Fault{"expert_lost_mass", [](auto& b) { b.contrasts.expert_lost_mass[0] = 1.5F; }},
                Fault{"amateur_lost_mass", [](auto& b) { b.contrasts.amateur_lost_mass.clear(); }},
                Fault{"floor_offsets", [](auto& b) { b.contrasts.floor_offsets.pop_back(); }},
                Fault{"floor_offsets", [](auto& b) { b.contrasts.floor_ids.push_back(1); }},
                Fault{"floor_ids", [](auto& b) { b.contrasts.floor_ids[0] = 4000; }},
                Fault{
                    "floor_ids",
                    [](auto& b) {
                      auto& offsets = b.contrasts.floor_offsets;
                      std::size_t step = 0;
                      while (offsets[step + 1] - offsets[step] < 2) ++step;
                      std::swap(b.contrasts.floor_ids[offsets[step]],
                                b.contrasts.floor_ids[offsets[step] + 1]);
                    }},
                Fault{"floor_expert_log",
                      [](auto& b) { b.contrasts.floor_expert_log_probability.clear(); }},
                Fault{"floor_amateur_log",
                      [](auto& b) { b.contrasts.floor_amateur_log_probability[0] = -INFINITY; }}));

TEST(RecordBatch, VocabularyZeroIsNotChecked) {
  RecordBatch batch = made_up_problems(0, 30);
  batch.token_ids[0] = 1 << 30;
  EXPECT_NO_THROW(check_batch(batch, 0));
  EXPECT_THROW(check_batch(batch, 400), std::runtime_error);
}

/// Bytes that are not a batch end in an exception, never in a crash or a giant allocation.
TEST(RecordBatchFuzz, ChangedBytesAreRefusedOrPassEveryCheck) {
  constexpr int num_trials = 20000;
  const std::string good = serialize(made_up_problems(0, 12));
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
      const RecordBatch batch = deserialize(bytes);
      check_batch(batch, 400);
      EXPECT_EQ(serialize(batch), bytes);
    } catch (const std::runtime_error&) {
      EXPECT_NE(bytes, good);
    }
  }
}

TEST(RecordSchema, OffsetsColumnsComeBeforeTheirElements) {
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (schema.at(i).is_offsets) {
      ASSERT_LT(i + 1, schema.size());
      EXPECT_EQ(schema.at(i).type, ElementType::u64);
      EXPECT_FALSE(schema.at(i + 1).is_offsets);
    }
    EXPECT_GT(std::string(schema.at(i).description).size(), 0U);
  }
}

TEST(RecordsConfig, ErrorsNameTheKey) {
  EXPECT_NO_THROW(validate(Config{}));
  for (const std::uint64_t bad : {std::uint64_t{0}, std::uint64_t{1} << 40}) {
    try {
      validate(Config{bad, 8});
      FAIL();
    } catch (const support::UserError& error) {
      EXPECT_THAT(error.what(), ::testing::StartsWith("records.units_per_shard = "));
    }
    EXPECT_THROW(validate(Config{64, bad}), support::UserError);
  }
}

}  // namespace
}  // namespace lightreasoner::records
