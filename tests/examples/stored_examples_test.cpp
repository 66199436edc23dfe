// SPDX-License-Identifier: Apache-2.0
#include "examples/stored_examples.hpp"

#include "examples/some_records.hpp"
#include "records/made_up_store.hpp"
#include "support/mpi_world.hpp"
#include "support/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::examples {
namespace {

using records::testing::empty_manifest;
using testing::Rules;
using testing_support::agreed_refusal_of;
using testing_support::shared_folder;
using testing_support::world;

constexpr std::uint64_t num_units = 11;  // of four problems, in 4 shards

records::RecordBatch unit_of_four(std::uint64_t unit) {
  records::RecordBatch batch = testing::four_problems();
  for (std::uint64_t& id : batch.problems.ids) {
    id += 4 * unit;
  }
  batch.problems.text_ids.resize(4);
  batch.problems.line_sha256.resize(4);
  batch.problems.finish_reasons.resize(4);
  batch.prompts.token_ids[0] = static_cast<std::int32_t>(200 + unit);
  batch.prompts.token_ids[3] = static_cast<std::int32_t>(300 + unit);
  return batch;
}

/// Collective over world().
void write_records(const std::filesystem::path& folder) {
  records::Store store(world(), folder, empty_manifest(4 * num_units));
  for (std::uint64_t unit = 0; unit < num_units; ++unit) {
    if (unit % static_cast<std::uint64_t>(world().num_ranks()) ==
        static_cast<std::uint64_t>(world().rank())) {
      store.append(unit, unit_of_four(unit));
    }
  }
  store.commit(0, store.manifest().layout.num_shards());
  parallel::barrier(world());
}

TEST(StoredExamples, AreThoseOfAllShardsOnEveryRank) {
  const auto folder = shared_folder() / "records";
  write_records(folder);
  const Rules rules;
  ExampleSet expected;
  for (std::uint64_t unit = 0; unit < num_units; ++unit) {
    append_examples(expected, unit_of_four(unit), rules.get());
  }
  ASSERT_EQ(expected.size(), 3 * num_units);
  const ExampleSet found = read_examples(world(), folder, rules.get());
  EXPECT_EQ(found.trajectories, expected.trajectories);
  EXPECT_EQ(found.label_offsets, expected.label_offsets);
  EXPECT_EQ(found.label_ids, expected.label_ids);
  EXPECT_EQ(found.label_weights, expected.label_weights);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found.examples[i].trajectory, expected.examples[i].trajectory);
    EXPECT_EQ(found.examples[i].prefix_length, expected.examples[i].prefix_length);
  }
  parallel::barrier(world());
}

TEST(StoredExamples, OfADamagedShardAreOneMessage) {
  const auto folder = shared_folder() / "records";
  write_records(folder);
  if (world().is_root()) {
    std::filesystem::resize_file(folder / "shard-000002.h5", 1000);
  }
  parallel::barrier(world());
  const Rules rules;
  EXPECT_THAT(agreed_refusal_of([&] { return read_examples(world(), folder, rules.get()); }),
              ::testing::HasSubstr("shard-000002.h5"));
}

TEST(StoredExamples, ArePlannedByTheirRecords) {
  const contrast::Config contrast;
  const TuningMethod method;
  const auto bytes = [&](const RecordsSize& size) {
    return planning::total_bytes(plan_memory(size, contrast, method));
  };
  const RecordsSize size{
      .num_problems = 1000, .problems_per_shard = 100, .prompt = 200, .steps = 128};
  RecordsSize larger = size;
  larger.problems_per_shard = 200;
  EXPECT_GT(bytes(larger), bytes(size));
  larger = size;
  larger.num_problems = 2000;
  EXPECT_GT(bytes(larger), bytes(size));
  // A shard's line is at least what its numbers take: 128 steps of 9 columns, and the tokens.
  const auto lines = plan_memory(size, contrast, method);
  EXPECT_GE(lines.at(1).bytes, 100U * (128 * (9 + 1) * 4 + 200 * 4));
}

/// Samples from a file are there when they are planned: their line is what their lists hold.
TEST(Samples, ArePlannedByWhatTheirListsHold) {
  ExampleSet set;
  set.trajectories = {std::vector<std::int32_t>(100), std::vector<std::int32_t>(50)};
  set.examples.resize(20);
  set.label_offsets.resize(21);
  set.label_ids.resize(60);
  set.label_weights.resize(60);
  const auto lines = plan_memory(set);
  ASSERT_EQ(lines.size(), 1U);
  const std::uint64_t held = 2 * sizeof(std::vector<std::int32_t>) + 150 * sizeof(std::int32_t) +
                             20 * sizeof(ExampleSet::Example) + 21 * sizeof(std::uint64_t) +
                             60 * (sizeof(std::int32_t) + sizeof(float));
  EXPECT_GE(lines[0].bytes, held);
  EXPECT_LE(lines[0].bytes, 2 * held);  // a list that grew has room to spare
  set.label_ids.reserve(1000);
  EXPECT_GE(plan_memory(set)[0].bytes, held + 940 * sizeof(std::int32_t));
}

}  // namespace
}  // namespace lightreasoner::examples
