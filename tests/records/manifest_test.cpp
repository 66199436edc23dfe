// SPDX-License-Identifier: Apache-2.0
#include "records/manifest.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/hashing.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace lightreasoner::records {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::StartsWith;
using testing_support::refusal_of;

Manifest some_manifest() {
  Manifest manifest;
  manifest.stage_key = std::string(64, 'a');
  manifest.layout = {1000, 16, 8};
  manifest.plausibility_floor = 0.02F;
  for (const std::uint64_t shard : {0, 2, 5}) {
    manifest.shards.push_back({shard,
                               shard * 128,
                               128,
                               77 + shard,
                               4096,
                               std::string(64, 'b'),
                               {{"/steps/kl", std::string(64, 'c')}}});
  }
  return manifest;
}

/// Nothing is said of what is not there: manifests of sets without such problems stay as they were.
TEST(ManifestText, CountsSkippedProblemsWhereThereAreAny) {
  Manifest manifest = some_manifest();
  EXPECT_THAT(to_text(manifest), ::testing::Not(::testing::HasSubstr("num_skipped")));
  manifest.num_skipped = 12;
  EXPECT_THAT(to_text(manifest), ::testing::HasSubstr("\"num_skipped\": 12"));
  EXPECT_EQ(parse_manifest(to_text(manifest), "manifest.json").num_skipped, 12U);
}

TEST(Layout, CutsTheSetAtFixedPlaces) {
  const Layout layout{1000, 16, 8};
  EXPECT_EQ(layout.num_units(), 63U);
  EXPECT_EQ(layout.num_shards(), 8U);
  EXPECT_EQ(layout.problems_of_unit(61).last, 992U);
  EXPECT_EQ(layout.problems_of_unit(62).first, 992U);
  EXPECT_EQ(layout.problems_of_unit(62).last, 1000U);
  EXPECT_EQ(layout.problems_of_shard(7).first, 896U);
  EXPECT_EQ(layout.problems_of_shard(7).size(), 104U);
  EXPECT_EQ(layout.problems_of_shard(8).size(), 0U);
  EXPECT_EQ(layout.units_of_shard(7).first, 56U);
  EXPECT_EQ(layout.units_of_shard(7).last, 63U);
  EXPECT_EQ(layout.shard_of_unit(55), 6U);
  EXPECT_EQ(layout.shard_of_unit(56), 7U);
  EXPECT_EQ(layout.num_problems_in(std::array<std::uint64_t, 3>{0, 61, 62}), 40U);
  EXPECT_EQ(Layout::shard_name(12), "shard-000012.h5");
  EXPECT_EQ((Layout{128, 16, 8}.num_shards()), 1U);
  EXPECT_EQ((Layout{129, 16, 8}.num_shards()), 2U);
  EXPECT_EQ((Layout{1, 16, 8}.num_units()), 1U);
}

TEST(Layout, EveryProblemOfAHugeSetBelongsToOneShard) {
  const Layout layout{1000000000, 16, 4096};
  EXPECT_EQ(layout.num_shards(), 15259U);
  for (std::uint64_t problem = 0; problem < layout.num_problems; problem += 9999991) {
    const IndexRange shard = layout.problems_of_shard(layout.shard_of_unit(problem / 16));
    EXPECT_LE(shard.first, problem);
    EXPECT_GT(shard.last, problem);
  }
}

TEST(Manifest, IsNothingWhereThereIsNoFile) {
  const testing_support::TemporaryFolder folder;
  EXPECT_FALSE(read_manifest(folder.path()).has_value());
  EXPECT_FALSE(read_manifest(folder.path() / "not there").has_value());
}

TEST(Manifest, ReadsBackWhatWasWritten) {
  const testing_support::TemporaryFolder folder;
  const Manifest manifest = some_manifest();
  write_manifest(folder.path(), manifest);
  const auto again = read_manifest(folder.path());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(to_text(*again), to_text(manifest));
  EXPECT_EQ(again->plausibility_floor, 0.02F);
  EXPECT_EQ(again->shards[1].num_steps, 79U);
  EXPECT_FALSE(again->complete());
}

TEST(Manifest, DigestIsThatOfTheShardFiles) {
  Manifest manifest = some_manifest();
  manifest.shards.resize(1);
  // printf '%s  %s\n' bb..b shard-000000.h5 | sha256sum
  EXPECT_EQ(manifest.digest(),
            support::to_hex(support::sha256(std::string(64, 'b') + "  shard-000000.h5\n")));
}

/// Every changed byte is refused.
TEST(Manifest, ChangedBytesAreRefused) {
  const std::string text = to_text(some_manifest());
  std::mt19937 random(3);
  for (std::size_t position = 0; position < text.size(); ++position) {
    std::string changed = text;
    changed[position] = static_cast<char>(changed[position] ^ (1 << random() % 7));
    EXPECT_THAT(refusal_of([&] { return parse_manifest(changed, "a/manifest.json"); }),
                AllOf(StartsWith("a/manifest.json"),
                      EndsWith("restore it, or delete its folder and sample again")));
  }
}

TEST(Manifest, TruncationIsRefused) {
  const std::string text = to_text(some_manifest());
  for (std::size_t length = 0; length + 2 < text.size(); length += 7) {
    EXPECT_THROW(static_cast<void>(parse_manifest(text.substr(0, length), "m")),
                 support::UserError);
  }
}

TEST(Manifest, NamesTheJobThatMakesOrFinishesRecords) {
  const testing_support::TemporaryFolder folder;
  const auto message = [&] {
    return refusal_of([&] { return require_complete_manifest(folder.path()); });
  };
  EXPECT_THAT(message(), ::testing::HasSubstr("make them with `lightreasoner sample`"));
  write_manifest(folder.path(), some_manifest());
  EXPECT_THAT(message(), ::testing::HasSubstr("3 of 8 shards are written"));
}

}  // namespace
}  // namespace lightreasoner::records
