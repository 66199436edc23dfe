// SPDX-License-Identifier: Apache-2.0
#include "support/files.hpp"

#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <csignal>
#include <cstring>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace lightreasoner::support {
namespace {

using ::testing::HasSubstr;
using testing_support::refusal_of;
using testing_support::TemporaryFolder;

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename());
  }
  return names;
}

/// Makes files longer than `bytes` fail as a full disk does, for its life time.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST(WriteFileAtomically, IsReadBackByteForByte) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  const std::string bytes("line\r\n\0\xff", 8);
  write_file_atomically(path, bytes);
  EXPECT_EQ(read_file(path), bytes);
  write_file_atomically(path, "");
  EXPECT_EQ(read_file(path), "");
  EXPECT_THAT(names_in(folder.path()), ::testing::ElementsAre("file"));
}

TEST(WriteFileAtomically, LeavesTheOldContentWhenItFails) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  write_file_atomically(path, "old");
  {
    const FileSizeLimit limit(1000);
    EXPECT_THAT(refusal_of([&] { write_file_atomically(path, std::string(5000, 'x')); }),
                HasSubstr("cannot be written: File too large"));
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_THAT(names_in(folder.path()), ::testing::ElementsAre("file"));
}

TEST(WriteFileAtomically, NamesThePathAndTheCause) {
  const std::string message = refusal_of([] { write_file_atomically("/nowhere/file", "x"); });
  EXPECT_THAT(message, HasSubstr("/nowhere/file"));
  EXPECT_THAT(message, HasSubstr("No such file or directory"));
}

TEST(WriteFileAtomically, RefusesAFolderAndLeavesNothingBesideIt) {
  const testing_support::TemporaryFolder folder;
  make_directories(folder.path() / "target");
  EXPECT_THAT(refusal_of([&] { write_file_atomically(folder.path() / "target", "x"); }),
              ::testing::HasSubstr("give the name of a file"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "target.part"));
}

TEST(ReadFile, NamesWhatIsMissingOrNotAFile) {
  const TemporaryFolder folder;
  EXPECT_THAT(refusal_of([] { (void)read_file("/nowhere/file"); }),
              ::testing::AllOf(HasSubstr("/nowhere/file"), HasSubstr("No such file")));
  EXPECT_THAT(refusal_of([&] { (void)read_file(folder.path()); }),
              HasSubstr("is not a regular file"));
}

TEST(RenameDurably, ReplacesTheTarget) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "new", "new");
  write_file_atomically(folder.path() / "place", "old");
  rename_durably(folder.path() / "new", folder.path() / "place");
  EXPECT_EQ(read_file(folder.path() / "place"), "new");
  EXPECT_THAT(names_in(folder.path()), ::testing::ElementsAre("place"));
}

TEST(MakeDirectories, MakesParentsAndAcceptsWhatIsThere) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a" / "b";
  make_directories(path);
  make_directories(path);
  EXPECT_TRUE(std::filesystem::is_directory(path));
  write_file_atomically(folder.path() / "file", "x");
  EXPECT_THAT(refusal_of([&] { make_directories(folder.path() / "file" / "below"); }),
              ::testing::AllOf(HasSubstr((folder.path() / "file" / "below").string()),
                               HasSubstr("Not a directory")));
}

TEST(AppendOnlyFile, AddsToWhatIsThere) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "journal";
  AppendOnlyFile(path).append("one ");
  AppendOnlyFile file(path);
  file.append_durably("two ");
  file.append("three");
  EXPECT_EQ(read_file(path), "one two three");
}

TEST(AppendOnlyFile, CutsAFailedAppendOff) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "journal";
  AppendOnlyFile file(path);
  file.append("good");
  {
    const FileSizeLimit limit(1000);
    EXPECT_THAT(refusal_of([&] { file.append_durably(std::string(5000, 'x')); }),
                HasSubstr("cannot be appended to: File too large"));
  }
  EXPECT_EQ(read_file(path), "good");
  file.append(" again");
  EXPECT_EQ(read_file(path), "good again");
}

TEST(MappedFile, ShowsTheBytesAndMoves) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "weights", "abc");
  MappedFile first(folder.path() / "weights");
  const MappedFile second(std::move(first));
  ASSERT_EQ(second.bytes().size(), 3U);
  EXPECT_EQ(std::memcmp(second.bytes().data(), "abc", 3), 0);
}

TEST(MappedFile, AcceptsAnEmptyFileAndRefusesAFolder) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "empty", "");
  EXPECT_TRUE(MappedFile(folder.path() / "empty").bytes().empty());
  EXPECT_THAT(refusal_of([&] { MappedFile mapped(folder.path()); }),
              HasSubstr("is not a regular file"));
}

TEST(InputFile, ReadsAnyPart) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  write_file_atomically(path, "0123456789");
  const InputFile file(path);
  EXPECT_EQ(file.size(), 10U);
  std::string part(4, ' ');
  file.read_at(6, std::as_writable_bytes(std::span(part)));
  EXPECT_EQ(part, "6789");
  std::filesystem::resize_file(path, 8);
  EXPECT_THAT(refusal_of([&] { file.read_at(6, std::as_writable_bytes(std::span(part))); }),
              HasSubstr("ends at byte 8, though it had 10 bytes"));
  EXPECT_THAT(refusal_of([&] { const InputFile none(folder.path() / "none"); }),
              HasSubstr("No such file"));
  EXPECT_THAT(refusal_of([&] { const InputFile none(folder.path()); }),
              HasSubstr("is not a regular file"));
}

TEST(WriteFileAtomically, TakesContentInParts) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  write_file_atomically(path, [](const auto& write) {
    write("one ");
    write("two");
  });
  EXPECT_EQ(read_file(path), "one two");
  const auto failing = [](const std::function<void(std::string_view)>& write) {
    write("half");
    throw std::runtime_error("no more");
  };
  EXPECT_THROW(write_file_atomically(path, failing), std::runtime_error);
  EXPECT_EQ(read_file(path), "one two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace lightreasoner::support
