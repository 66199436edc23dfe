// SPDX-License-Identifier: Apache-2.0
#include "sampling/sample_problems.hpp"

#include "contrast/contrast_steps.hpp"
#include "device/determinism.hpp"
#include "kernels/kokkos_environment.hpp"
#include "records/shard.hpp"
#include "sampling/demo_pair.hpp"
#include "support/mpi_world.hpp"

#include <gtest/gtest.h>

namespace lightreasoner::sampling {
namespace {

using testing_support::shared_folder;
using testing_support::world;

class SampleProblems : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { device::set_up_torch(1); }
};

/// 9 problems: 5 units in 3 shards.
records::Manifest empty_manifest(const DemoPair& demo) {
  records::Manifest manifest;
  manifest.stage_key = std::string(64, '5');
  manifest.layout = {
      .num_problems = demo.problems.size(), .problems_per_unit = 2, .units_per_shard = 2};
  manifest.plausibility_floor = 0.02F;
  return manifest;
}

void sample(const parallel::Communicator& comm, const DemoPair& demo, records::Store& store) {
  StageSettings settings;
  settings.plausibility_floor = 0.02F;
  settings.sampling.max_new_tokens = 12;
  settings.sampling.problems_per_unit = 2;
  settings.sampling.steps_per_chunk = 5;
  settings.records.shards_per_commit = 2;
  sample_problems(comm, demo.pair(), demo.problems, settings, store);
}

/// What one rank makes alone, on every rank.
std::string digest_of_one_rank(const DemoPair& demo, const std::filesystem::path& folder) {
  const parallel::Communicator alone = parallel::split(world(), world().rank());
  std::string digest;
  if (world().is_root()) {
    records::Store store(alone, folder, empty_manifest(demo));
    sample(alone, demo, store);
    digest = store.manifest().digest();
  }
  return parallel::broadcast(world(), std::move(digest));
}

TEST_F(SampleProblems, GivesTheSameDigestForAnyNumberOfRanks) {
  const DemoPair demo(9);
  const auto base = shared_folder();
  const std::string expected = digest_of_one_rank(demo, base / "alone");
  records::Store store(world(), base / "all", empty_manifest(demo));
  sample(world(), demo, store);
  ASSERT_TRUE(store.manifest().complete());
  EXPECT_EQ(store.manifest().digest(), expected);
  std::uint64_t num_problems = 0;
  for (const records::ShardEntry& entry : store.manifest().shards) {
    const records::RecordBatch batch = records::read_shard(base / "all", entry);
    EXPECT_EQ(batch.problems.ids.front(), demo.problems[num_problems].id);
    EXPECT_EQ(batch.problems.questions.front(), demo.problems[num_problems].question);
    num_problems += batch.num_problems();
  }
  EXPECT_EQ(num_problems, demo.problems.size());
  parallel::barrier(world());
}

TEST_F(SampleProblems, MakesOnlyWhatIsMissing) {
  const DemoPair demo(9);
  const auto base = shared_folder();
  const std::string expected = digest_of_one_rank(demo, base / "alone");
  {
    // Rank 0 has made the third unit in an earlier attempt.
    records::Store store(world(), base / "resumed", empty_manifest(demo));
    if (world().is_root()) {
      store.append(
          2, sample_unit({demo.expert, demo.amateur, demo.tokenizer, demo.tokenizer, demo.shared,
                          demo.prompt},
                         std::span(demo.problems).subspan(4, 2),
                         {.max_new_tokens = 12, .steps_per_chunk = 5, .method = {}}, 0.02F));
    }
    parallel::barrier(world());
  }
  DemoPair without_third = demo;
  without_third.problems[4].question = without_third.problems[5].question = "never read";
  records::Store store(world(), base / "resumed", empty_manifest(demo));
  sample(world(), without_third, store);
  EXPECT_EQ(store.manifest().digest(), expected);
  parallel::barrier(world());
}

}  // namespace
}  // namespace lightreasoner::sampling
