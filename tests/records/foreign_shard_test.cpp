// SPDX-License-Identifier: Apache-2.0
#include "records/made_up_records.hpp"
#include "records/shard.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace lightreasoner::records {
namespace {

using testing_support::refusal_of;

/// The entry of a manifest that vouches for whatever `name` holds.
class ForeignShard : public ::testing::Test {
 protected:
  testing_support::TemporaryFolder folder;

  [[nodiscard]] RecordBatch read(const std::string& name) const {
    const auto source =
        std::filesystem::path(LIGHTREASONER_SOURCE_DIR) / "tests/data/records" / (name + ".h5");
    const auto target = folder.path() / Layout::shard_name(0);
    std::filesystem::copy_file(source, target, std::filesystem::copy_options::overwrite_existing);
    const RecordBatch expected = testing::made_up_problems(0, 5);
    const Columns columns = to_columns(expected);
    ShardEntry entry;
    entry.num_problems = 5;
    entry.num_steps = expected.num_steps();
    entry.sha256 = support::to_hex(support::sha256_file(target));
    for (std::size_t i = 0; i < schema.size(); ++i) {
      entry.dataset_sha256[schema.at(i).path] =
          support::to_hex(support::sha256(std::span(columns.at(i))));
    }
    return read_shard(folder.path(), entry);
  }
  [[nodiscard]] std::string refusal(const std::string& name) const {
    return refusal_of([&] { return read(name); });
  }
};

/// Shards of this format version stay readable.
TEST_F(ForeignShard, PlainOneIsRead) {
  EXPECT_EQ(testing::bytes_of(read("plain")), testing::bytes_of(testing::made_up_problems(0, 5)));
}

TEST_F(ForeignShard, FeaturesThatOursNeverUseAreRefused) {
  using ::testing::HasSubstr;
  EXPECT_THAT(refusal("filtered"), HasSubstr("/steps/kl is not stored contiguously"));
  EXPECT_THAT(refusal("chunked"), HasSubstr("/steps/kl is not stored contiguously"));
  EXPECT_THAT(refusal("virtual"), HasSubstr("/steps/kl is not stored contiguously"));
  EXPECT_THAT(refusal("external_storage"), HasSubstr("/steps/kl is stored elsewhere"));
  EXPECT_THAT(refusal("external_link"), HasSubstr("/steps/kl is a link to elsewhere"));
  EXPECT_THAT(refusal("soft_link"), HasSubstr("/steps/kl is a link to elsewhere"));
  EXPECT_THAT(refusal("linked_group"), HasSubstr("/steps is a link to elsewhere"));
  EXPECT_THAT(refusal("other_type"), HasSubstr("/steps/kl has another type"));
  EXPECT_THAT(refusal("other_rank"), HasSubstr("/steps/kl has another rank"));
  EXPECT_THAT(refusal("huge"), HasSubstr("/steps/kl has another shape"));
  EXPECT_THAT(refusal("missing"), HasSubstr("/steps/kl: HDF5: "));
  EXPECT_THAT(refusal("other_version"), HasSubstr("format_version is not one this program"));
}

}  // namespace
}  // namespace lightreasoner::records
