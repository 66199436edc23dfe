// SPDX-License-Identifier: Apache-2.0
#include "run/stage_outputs.hpp"

#include "support/files.hpp"
#include "support/hashing.hpp"
#include "support/mpi_world.hpp"
#include "support/refusal.hpp"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::run {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_support::agreed_refusal_of;
using testing_support::world;

/// A run directory with one file and one folder of two, which only rank 0 looks at.
class StageOutputs : public ::testing::Test {
 protected:
  StageOutputs() {
    on_rank_0([&] {
      support::make_directories(root_ / "model/deep");
      support::write_file_atomically(root_ / "scores.json", "{}");
      support::write_file_atomically(root_ / "model/w.safetensors", "0123456789");
      support::write_file_atomically(root_ / "model/deep/config", "c");
      files_ = record_outputs(root_, {root_ / "scores.json", root_ / "model"});
    });
    parallel::barrier(world());
  }
  static void on_rank_0(const std::function<void()>& body) {
    if (world().is_root()) {
      body();
    }
  }
  [[nodiscard]] std::string missing(Look look = Look::whole) const {
    return find_missing_output(world(), root_, "merge", files_, look);
  }
  void expect_refused(const std::string& name, const std::string& why) const {
    EXPECT_THAT(agreed_refusal_of([&] { return missing(); }),
                AllOf(HasSubstr((root_ / name).string() + ": is not what stage 'merge' wrote"),
                      HasSubstr(why), HasSubstr("choose another run.directory")));
  }

  const std::filesystem::path root_ = testing_support::shared_folder() / "run";
  OutputFiles files_;
};

TEST_F(StageOutputs, AreListedBelowTheRunDirectoryWithSizeAndHash) {
  on_rank_0([&] {
    ASSERT_EQ(files_.size(), 3U);
    EXPECT_TRUE(files_.contains("scores.json") && files_.contains("model/deep/config"));
    EXPECT_EQ(files_.at("model/w.safetensors").bytes, 10U);
    EXPECT_EQ(files_.at("model/w.safetensors").sha256,
              support::to_hex(support::sha256("0123456789")));
  });
  EXPECT_EQ(missing(), "");
}

TEST_F(StageOutputs, MissingOnesAreToldToAllRanks) {
  on_rank_0([&] { std::filesystem::remove(root_ / "scores.json"); });
  EXPECT_EQ(missing(), "scores.json");
}

TEST_F(StageOutputs, OfAnotherSizeAreRefusedByName) {
  on_rank_0([&] { std::filesystem::resize_file(root_ / "model/w.safetensors", 4); });
  expect_refused("model/w.safetensors", "it has 4 bytes, 10 were written");
}

TEST_F(StageOutputs, OfTheSameSizeAreRefusedByTheirHashEvenWhereAnotherIsMissing) {
  on_rank_0([&] {
    support::write_file_atomically(root_ / "model/w.safetensors", "012345678X");
    std::filesystem::remove(root_ / "model/deep/config");
  });
  expect_refused("model/w.safetensors", "it has another SHA-256");
}

TEST_F(StageOutputs, OfWeightsAreComparedBySizeAloneWhereNoneIsRead) {
  on_rank_0([&] { support::write_file_atomically(root_ / "model/w.safetensors", "012345678X"); });
  EXPECT_EQ(missing(Look::without_weights), "");
  on_rank_0([&] { support::write_file_atomically(root_ / "model/deep/config", "x"); });
  EXPECT_THAT(agreed_refusal_of([&] { return missing(Look::without_weights); }),
              HasSubstr("model/deep/config: is not what"));
}

TEST_F(StageOutputs, ThatBecameFoldersAreRefused) {
  on_rank_0([&] {
    std::filesystem::remove(root_ / "scores.json");
    std::filesystem::create_directory(root_ / "scores.json");
  });
  expect_refused("scores.json", "it was a file");
}

}  // namespace
}  // namespace lightreasoner::run
