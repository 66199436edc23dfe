// SPDX-License-Identifier: Apache-2.0
#include "finetune/checkpoint.hpp"

#include "logging/log.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

namespace lightreasoner::finetune {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;
using testing_support::refusal_of;

constexpr const char* key = "a-stage-key";
constexpr std::uint64_t kept = 2;

/// A state whose numbers are awkward to write: subnormal, negative zero, many digits.
TuningState state_at(std::uint64_t iteration) {
  TuningState state;
  state.iteration = iteration;
  state.parameters = {static_cast<float>(iteration), -0.0F, 0.1F,
                      std::numeric_limits<float>::denorm_min()};
  state.first_moment = {1e-30F, 2.0F, -3.0F, 0.0F};
  state.second_moment = {1e30F, 2.5F, 3.5F, 0.0F};
  state.optimizer_updates = iteration;
  for (std::uint64_t i = 0; i < iteration; ++i) {
    state.losses.push_back(1.0 / static_cast<double>(i + 3));
  }
  return state;
}

void expect_equal(const TuningState& a, const TuningState& b) {
  EXPECT_EQ(a.iteration, b.iteration);
  EXPECT_EQ(a.parameters, b.parameters);
  EXPECT_EQ(a.first_moment, b.first_moment);
  EXPECT_EQ(a.second_moment, b.second_moment);
  EXPECT_EQ(a.optimizer_updates, b.optimizer_updates);
  EXPECT_EQ(a.losses, b.losses);
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Checkpoints after 10 and 20 updates.
class Checkpoints : public ::testing::Test {
 protected:
  void SetUp() override {
    logging::set_up_logging(true);
    write_checkpoint(folder(), state_at(10), key, kept);
    write_checkpoint(folder(), state_at(20), key, kept);
  }
  [[nodiscard]] fs::path folder() const { return temporary_.path() / "checkpoints"; }
  [[nodiscard]] fs::path newest() const { return folder() / "iteration-000020"; }
  [[nodiscard]] fs::path older() const { return folder() / "iteration-000010"; }

  /// The read goes on from `iteration`, having warned of the newest one, for this reason.
  void expect_fallback(const std::string& reason) {
    CaptureStderr();
    const auto state = read_newest_checkpoint(folder(), key);
    EXPECT_THAT(GetCapturedStderr(), AllOf(HasSubstr(newest().string()), HasSubstr(reason)));
    ASSERT_TRUE(state.has_value());
    expect_equal(*state, state_at(10));
  }

 private:
  testing_support::TemporaryFolder temporary_;
};

void flip_byte(const fs::path& file, std::uintmax_t position) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(position));
  const char byte = static_cast<char>(stream.get() ^ 1);
  stream.seekp(static_cast<std::streamoff>(position));
  stream.put(byte);
}

/// Stands for a file that cannot be read whoever asks, root included.
void make_unreadable(const fs::path& file) {
  fs::remove(file);
  fs::create_directory(file);
}

TEST_F(Checkpoints, ReadBackTheNewestBitByBit) {
  CaptureStderr();
  const auto state = read_newest_checkpoint(folder(), key);
  EXPECT_EQ(GetCapturedStderr(), "");
  ASSERT_TRUE(state.has_value());
  expect_equal(*state, state_at(20));
  EXPECT_TRUE(std::signbit(state->parameters[1]));
}

TEST_F(Checkpoints, KeepTheNewestOnesOnly) {
  write_checkpoint(folder(), state_at(30), key, kept);
  EXPECT_THAT(names_in(folder()), ElementsAre("iteration-000020", "iteration-000030"));
}

TEST_F(Checkpoints, AreOrderedByNumberBeyondTheNamesWidth) {
  TuningState state = state_at(5);
  state.iteration = 1'000'000;
  write_checkpoint(folder(), state, key, kept);
  EXPECT_EQ(read_newest_checkpoint(folder(), key)->iteration, 1'000'000U);
}

TEST_F(Checkpoints, CountGoodOnesOnlyWhenOldOnesAreDeleted) {
  flip_byte(newest() / "tensors.safetensors", 100);
  write_checkpoint(folder(), state_at(30), key, kept);
  EXPECT_THAT(names_in(folder()), ElementsAre("iteration-000010", "iteration-000030"));
}

TEST_F(Checkpoints, ReplaceADamagedOneOfTheSameUpdate) {
  flip_byte(newest() / "tensors.safetensors", 100);
  write_checkpoint(folder(), state_at(20), key, kept);
  EXPECT_THAT(names_in(folder()), ElementsAre("iteration-000010", "iteration-000020"));
  expect_equal(*read_newest_checkpoint(folder(), key), state_at(20));
}

TEST_F(Checkpoints, AreCheckedBySha256sum) {
  const std::string command =
      "cd '" + newest().string() + "' && sha256sum --check --quiet SHA256SUMS";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

// The deletion matrix that SCR's own tests run: what is lost, and what the restart does.

TEST_F(Checkpoints, FallBackWhenTheNewestIsRemoved) {
  fs::remove_all(newest());
  expect_equal(*read_newest_checkpoint(folder(), key), state_at(10));
}

TEST_F(Checkpoints, FallBackWhenAFileOfTheNewestIsRemoved) {
  fs::remove(newest() / "tensors.safetensors");
  expect_fallback("tensors.safetensors");
}

TEST_F(Checkpoints, FallBackWhenTheNewestsSumsAreRemoved) {
  fs::remove(newest() / "SHA256SUMS");
  expect_fallback("SHA256SUMS");
}

TEST_F(Checkpoints, FallBackWhenTheNewestIsTruncated) {
  const fs::path file = newest() / "tensors.safetensors";
  fs::resize_file(file, fs::file_size(file) - 4);
  expect_fallback("checksums do not match");
}

TEST_F(Checkpoints, FallBackWhenAFileOfTheNewestIsEmpty) {
  fs::resize_file(newest() / "state.json", 0);
  expect_fallback("checksums do not match");
}

TEST_F(Checkpoints, FallBackWhenAnyByteOfTheNewestIsFlipped) {
  for (const char* name : {"state.json", "tensors.safetensors", "SHA256SUMS"}) {
    const fs::path file = newest() / name;
    const std::uintmax_t size = fs::file_size(file);
    for (std::uintmax_t position = 0; position < size; position += 1 + size / 20) {
      flip_byte(file, position);
      expect_fallback("checksums do not match");
      flip_byte(file, position);
    }
  }
  expect_equal(*read_newest_checkpoint(folder(), key), state_at(20));
}

TEST_F(Checkpoints, FallBackWhenTheNewestIsUnreadable) {
  make_unreadable(newest() / "state.json");
  expect_fallback("state.json");
}

TEST_F(Checkpoints, AreNoneWhenAllAreRemoved) {
  fs::remove_all(newest());
  fs::remove_all(older());
  EXPECT_FALSE(read_newest_checkpoint(folder(), key).has_value());
  fs::remove_all(folder());
  EXPECT_FALSE(read_newest_checkpoint(folder(), key).has_value());
}

TEST_F(Checkpoints, AreListedWhenAllAreDamaged) {
  flip_byte(newest() / "state.json", 5);
  make_unreadable(older() / "tensors.safetensors");
  EXPECT_THAT(refusal_of([&] { return read_newest_checkpoint(folder(), key); }),
              AllOf(HasSubstr("every checkpoint is damaged"), HasSubstr(newest().string()),
                    HasSubstr(older().string()), HasSubstr("delete that folder")));
}

TEST_F(Checkpoints, LeftHalfMadeByAKillAreNotTaken) {
  fs::copy(newest(), folder() / "iteration-000030.part");
  fs::remove(folder() / "iteration-000030.part" / "SHA256SUMS");
  CaptureStderr();
  expect_equal(*read_newest_checkpoint(folder(), key), state_at(20));
  EXPECT_EQ(GetCapturedStderr(), "");
  write_checkpoint(folder(), state_at(30), key, kept);
  EXPECT_THAT(names_in(folder()), ElementsAre("iteration-000020", "iteration-000030"));
}

TEST_F(Checkpoints, OfAnotherStageKeyAreRefused) {
  EXPECT_THAT(refusal_of([&] { return read_newest_checkpoint(folder(), "another-key"); }),
              AllOf(HasSubstr(newest().string()), HasSubstr(key), HasSubstr("another-key"),
                    HasSubstr("run.directory")));
}

TEST_F(Checkpoints, ThatCannotBeWrittenSayWhere) {
  const fs::path file = folder() / "file";
  std::ofstream(file) << "not a folder";
  EXPECT_THAT(refusal_of([&] { write_checkpoint(file, state_at(30), key, kept); }),
              HasSubstr(file.string()));
}

}  // namespace
}  // namespace lightreasoner::finetune
