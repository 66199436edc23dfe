// SPDX-License-Identifier: Apache-2.0
#include "records/journal.hpp"

#include "records/made_up_records.hpp"
#include "support/errors.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace lightreasoner::records {
namespace {

using testing_support::refusal_of;

const std::string key(64, 'k');

Columns unit_of_four(std::uint64_t unit) {
  return to_columns(testing::made_up_problems(4 * unit, 4 * unit + 4));
}

/// Without fsync, which tests of many files cannot wait for.
void overwrite(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

class Journal : public ::testing::Test {
 protected:
  testing_support::TemporaryFolder temporary;
  std::filesystem::path folder = temporary.path() / "journal";

  /// Writes units first, ..., last - 1 of four problems each.
  void write_units(std::uint64_t attempt, int rank, std::uint64_t first, std::uint64_t last) {
    JournalWriter writer(folder, key, attempt, rank);
    for (std::uint64_t unit = first; unit < last; ++unit) {
      writer.append(unit, unit_of_four(unit));
    }
  }
  [[nodiscard]] std::vector<std::uint64_t> found_units() const {
    std::vector<std::uint64_t> units;
    for (const JournalEntry& entry : scan_journals(folder, key).entries) {
      units.push_back(entry.unit);
      EXPECT_EQ(read_entries(folder, std::span(&entry, 1)), unit_of_four(entry.unit));
    }
    return units;
  }
  [[nodiscard]] std::filesystem::path only_file() const {
    return std::filesystem::directory_iterator(folder)->path();
  }
};

TEST_F(Journal, IsEmptyWhereThereIsNoFolder) {
  const JournalScan scan = scan_journals(folder, key);
  EXPECT_TRUE(scan.entries.empty());
  EXPECT_EQ(scan.next_attempt, 0U);
}

TEST_F(Journal, KeepsUnitsOfAllRanksAndAttempts) {
  write_units(0, 0, 0, 3);
  write_units(0, 11, 3, 5);
  write_units(1, 1, 5, 6);
  EXPECT_THAT(found_units(), ::testing::ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(scan_journals(folder, key).next_attempt, 2U);
}

TEST_F(Journal, StartsAFileOnlyWhenThereIsAUnit) {
  const JournalWriter writer(folder, key, 0, 0);
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(Journal, NewFileKeepsTheOldOne) {
  JournalWriter writer(folder, key, 0, 0);
  const JournalEntry first = writer.append(0, unit_of_four(0));
  writer.start_new_file();
  const JournalEntry second = writer.append(1, unit_of_four(1));
  EXPECT_NE(first.file, second.file);
  EXPECT_THAT(found_units(), ::testing::ElementsAre(0, 1));
}

/// A kill may leave any prefix of the file: every unit that is whole in it counts, and no other.
TEST_F(Journal, TornTailIsIgnored) {
  write_units(0, 0, 0, 3);
  const auto file = only_file();
  const std::string bytes = support::read_file(file);
  std::vector<std::size_t> ends;
  for (const JournalEntry& entry : scan_journals(folder, key).entries) {
    ends.push_back(entry.offset);
  }
  ends.erase(ends.begin());
  ends.push_back(bytes.size());
  for (std::size_t length = 0; length <= bytes.size(); length += length < 200 ? 1 : 61) {
    std::filesystem::resize_file(file, length);
    const auto whole =
        std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= length; });
    EXPECT_EQ(found_units().size(), static_cast<std::size_t>(whole)) << "length " << length;
    overwrite(file, bytes);
  }
}

TEST_F(Journal, EntriesFromADamagedOneOnAreIgnored) {
  write_units(0, 0, 0, 4);
  const auto file = only_file();
  const std::string bytes = support::read_file(file);
  const auto entries = scan_journals(folder, key).entries;
  for (std::size_t damaged = 0; damaged < entries.size(); ++damaged) {
    for (const std::size_t within : {0, 9, 17, 30, 100}) {
      std::string changed = bytes;
      changed[entries[damaged].offset + within] ^= 0x10;
      overwrite(file, changed);
      EXPECT_EQ(found_units().size(), damaged) << "byte " << within;
    }
  }
}

TEST_F(Journal, EntryThatChangesAfterTheScanIsRefused) {
  write_units(0, 0, 0, 2);
  const JournalEntry entry = scan_journals(folder, key).entries[1];
  const auto file = only_file();
  std::string bytes = support::read_file(file);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  overwrite(file, bytes);
  EXPECT_THROW(static_cast<void>(read_entries(folder, std::span(&entry, 1))), support::UserError);
}

TEST_F(Journal, OtherStageKeyIsRefusedByName) {
  write_units(0, 0, 0, 1);
  EXPECT_THAT(
      refusal_of([&] { return scan_journals(folder, std::string(64, 'x')); }),
      ::testing::AllOf(::testing::HasSubstr(only_file().string()), ::testing::HasSubstr(key)));
}

TEST_F(Journal, OtherFilesAreLeftAlone) {
  write_units(0, 0, 0, 1);
  support::write_file_atomically(folder / "notes.txt", "mine");
  const JournalScan scan = scan_journals(folder, key);
  EXPECT_EQ(scan.files.size(), 1U);
}

/// A full disk: the entry is refused, what was there stays, and the next one goes on.
TEST_F(Journal, FailedAppendLosesNothingElse) {
  JournalWriter writer(folder, key, 0, 0);
  writer.append(0, unit_of_four(0));
  rlimit old_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {std::filesystem::file_size(only_file()) + 100, old_limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_THROW(writer.append(1, unit_of_four(1)), support::UserError);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  std::signal(SIGXFSZ, old_handler);
  writer.append(1, unit_of_four(1));
  EXPECT_THAT(found_units(), ::testing::ElementsAre(0, 1));
}

TEST_F(Journal, FolderThatCannotBeMadeIsAUserError) {
  support::write_file_atomically(temporary.path() / "file", "");
  JournalWriter writer(temporary.path() / "file" / "journal", key, 0, 0);
  EXPECT_THROW(writer.append(0, unit_of_four(0)), support::UserError);
}

}  // namespace
}  // namespace lightreasoner::records
