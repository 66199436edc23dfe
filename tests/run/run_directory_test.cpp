// SPDX-License-Identifier: Apache-2.0
#include "run/run_directory.hpp"

#include "support/files.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lightreasoner::run {
namespace {

using ::testing::HasSubstr;
using testing_support::refusal_of;
using testing_support::TemporaryFolder;

void expect_in_use(const std::filesystem::path& root) {
  EXPECT_THAT(refusal_of([&] { const RunLock second(root); }),
              AllOf(HasSubstr("in use by process"), HasSubstr(root.string())));
  EXPECT_EQ(refusal_of([&] { require_free(root); }),
            refusal_of([&] { const RunLock second(root); }));
}

TEST(RequirePossibleLength, NamesLengthAndLimit) {
  EXPECT_EQ(refusal_of([] { require_possible_length("/a/" + std::string(255, 'x')); }), "accepted");
  EXPECT_THAT(
      refusal_of([] { require_possible_length("/a/" + std::string(256, 'x') + "/b"); }),
      HasSubstr("run.directory: a name in it has 256 characters, at most 255 are possible"));
  std::string deep;
  while (deep.size() < 3960) deep += "/" + std::string(98, 'y');
  EXPECT_EQ(refusal_of([&] { require_possible_length(deep); }), "accepted");
  EXPECT_THAT(refusal_of([&] { require_possible_length(deep + "/" + std::string(98, 'y')); }),
              HasSubstr("run.directory: its path has 4059 characters, at most 3968 leave room"));
}

TEST(RequirePossibleLength, LeavesRoomForWhatIsCopied) {
  EXPECT_EQ(refusal_of([] { require_possible_length("/a", 4000); }), "accepted");
  EXPECT_THAT(refusal_of([] { require_possible_length("/" + std::string(200, 'x'), 4000); }),
              HasSubstr("at most 64 leave room"));
}

TEST(RunDirectory, IsAFolderOrCanBeMade) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "file";
  const std::filesystem::path link = folder.path() / "link";
  support::write_file_atomically(file, "x");
  std::filesystem::create_symlink(folder.path() / "nowhere", link);
  EXPECT_EQ(refusal_of([&] { require_usable(folder.path()); }), "accepted");
  EXPECT_EQ(refusal_of([&] { require_usable(folder.path() / "a" / "b"); }), "accepted");
  for (const auto& root : {file, file / "run"}) {
    EXPECT_THAT(refusal_of([&] { require_usable(root); }),
                AllOf(HasSubstr("run.directory: " + root.string()), HasSubstr("is no folder")));
  }
  EXPECT_THAT(refusal_of([&] { require_usable(link / "run"); }),
              HasSubstr("is a link to " + (folder.path() / "nowhere").string()));
}

TEST(RunDirectory, IsNoModelsFolder) {
  const TemporaryFolder folder;
  std::filesystem::create_directory_symlink(folder.path(), folder.path() / "link");
  EXPECT_THAT(refusal_of([&] { require_own_folder(folder.path() / "link", folder.path()); }),
              HasSubstr("is the folder of a model; choose one of its own"));
  EXPECT_EQ(refusal_of([&] { require_own_folder(folder.path() / "run", folder.path()); }),
            "accepted");
}

TEST(RunLock, IsHeldOnceAndGivenBack) {
  const TemporaryFolder folder;
  const auto root = folder.path() / "new/run";
  {
    const RunLock first(root);
    expect_in_use(root);
  }
  EXPECT_FALSE(std::filesystem::exists(root / "run.lock"));
  EXPECT_NO_THROW(require_free(root));
  EXPECT_NO_THROW(const RunLock again(root));
}

TEST(RunLock, OfAKilledProcessIsTakenOverAtOnce) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const RunLock lock(folder.path());
    ::_exit(0);  // no destructor: as SIGKILL leaves it
  }
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(std::filesystem::exists(folder.path() / "run.lock"));
  EXPECT_NO_THROW(require_free(folder.path()));
  EXPECT_NO_THROW(const RunLock lock(folder.path()));
}

TEST(RunLock, OfADeadProcessNobodyReapedIsTakenOver) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const RunLock lock(folder.path());
    ::_exit(0);
  }
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_NO_THROW(const RunLock lock(folder.path()));
  ::waitpid(child, nullptr, 0);
}

TEST(RunLock, OfALaterProcessWithTheSameNumberIsTakenOver) {
  const TemporaryFolder folder;
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  std::ofstream(folder.path() / "run.lock")
      << fmt::format(R"({{"host":"{}","process":{},"started":"1"}})", host, ::getpid());
  EXPECT_NO_THROW(const RunLock lock(folder.path()));
}

TEST(RunLock, OfAnotherHostIsTakenOverWhenItsHeartbeatStopped) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.lock";
  std::ofstream(file) << R"({"host":"elsewhere","process":7,"started":"1"})";
  expect_in_use(folder.path());
  std::filesystem::last_write_time(
      file, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(61));
  EXPECT_NO_THROW(const RunLock lock(folder.path()));
}

TEST(RunLock, NotYetWrittenIsHeldAndADamagedOneRefusedByName) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run.lock";
  std::ofstream(file).close();
  expect_in_use(folder.path());
  std::ofstream(file) << R"({"host":"elsewhere","process":"7","started":"1"})";
  EXPECT_EQ(refusal_of([&] { const RunLock lock(folder.path()); }),
            file.string() +
                ":1: key \"process\": is \"7\", expected a whole number; remove it if "
                "no job uses its folder");
}

}  // namespace
}  // namespace lightreasoner::run
