// SPDX-License-Identifier: Apache-2.0
#include "support/path_errors.hpp"

#include "support/as_nobody.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>

namespace lightreasoner::support {
namespace {

namespace fs = std::filesystem;
using testing_support::as_nobody;
using testing_support::refusal_of;
using testing_support::TemporaryFolder;

std::string reading(const fs::path& path) {
  return refusal_of([&] { return read_file(path); });
}

std::string opening_fails(const fs::path& path, const std::string& why) {
  return path.string() + ": cannot be opened for reading: " + why;
}

class PathErrors : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

TEST_F(PathErrors, NameThePartThatIsMissing) {
  const fs::path file = folder() / "set.jsonl";
  EXPECT_EQ(reading(file), opening_fails(file, "No such file or directory; check the name"));
  const fs::path deep = folder() / "a" / "b" / "set.jsonl";
  EXPECT_EQ(reading(deep), opening_fails(deep, "No such file or directory; there is no " +
                                                   (folder() / "a").string() + "; check the name"));
  EXPECT_FALSE(is_there(file));
  EXPECT_FALSE(is_there(deep));
  write_file_atomically(file, "");
  EXPECT_TRUE(is_there(file));
  EXPECT_FALSE(is_there(file / "below"));
}

TEST_F(PathErrors, NameALinkToNothing) {
  const fs::path link = folder() / "models";
  fs::create_symlink("/scratch/gone", link);
  const std::string why = "No such file or directory; " + link.string() +
                          " is a link to /scratch/gone, which is not there; mend the link, or put "
                          "a copy here";
  EXPECT_EQ(reading(link), opening_fails(link, why));
  const fs::path below = link / "expert" / "config.json";
  EXPECT_EQ(reading(below), opening_fails(below, why));
  EXPECT_EQ(refusal_of([&] { return is_there(below); }),
            below.string() + ": cannot be read: " + why);
  fs::create_symlink("circle", folder() / "circle");
  EXPECT_THAT(reading(folder() / "circle"), ::testing::HasSubstr("lead in a circle"));
}

TEST_F(PathErrors, NameTheFolderThatIsClosed) {
  fs::permissions(folder(), fs::perms::all);
  const fs::path file = folder() / "open" / "closed" / "set.jsonl";
  fs::create_directories(file.parent_path());
  write_file_atomically(file, "{}");
  fs::permissions(file.parent_path(), fs::perms::none);
  EXPECT_EQ(as_nobody([&] { return reading(file); }),
            opening_fails(file, "Permission denied; this user may not enter " +
                                    file.parent_path().string() + "; ask its owner"));
  const fs::path link = folder() / "open" / "link";
  fs::create_symlink("closed/set.jsonl", link);
  EXPECT_EQ(as_nobody([&] { return reading(link); }),
            opening_fails(link, "Permission denied; this user may not enter " +
                                    file.parent_path().string() + "; ask its owner"));
  fs::permissions(file.parent_path(), fs::perms::all);
  fs::permissions(file, fs::perms::none);
  EXPECT_EQ(as_nobody([&] { return reading(file); }),
            opening_fails(file, "Permission denied; check that this user may read it"));
}

TEST_F(PathErrors, NameWhatStandsInAFoldersPlace) {
  write_file_atomically(folder() / "file", "");
  const std::string file = (folder() / "file").string();
  const auto making = [&](const char* name) {
    return refusal_of([&] { make_directories(folder() / name); });
  };
  EXPECT_THAT(making("file/run"),
              ::testing::HasSubstr(file + " is no folder; choose another name"));
  EXPECT_THAT(making("file"), ::testing::HasSubstr(file + " is no folder; choose another name"));
  fs::create_symlink("/scratch/gone", folder() / "link");
  EXPECT_THAT(making("link"),
              ::testing::HasSubstr("is a link to /scratch/gone, which is not there"));
}

TEST_F(PathErrors, DoNotWaitForANamedPipe) {
  const fs::path pipe = folder() / "set.jsonl";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(reading(pipe), pipe.string() +
                               ": is not a regular file but a pipe; save what is to be "
                               "read in a file");
  EXPECT_EQ(refusal_of([&] { return MappedFile(pipe).bytes().size(); }), reading(pipe));
}

TEST_F(PathErrors, TellAPointerOfGitLfs) {
  const fs::path file = folder() / "model.safetensors";
  write_file_atomically(
      file,
      "version https://git-lfs.github.com/spec/v1\n"
      "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
      "size 12345\n");
  EXPECT_EQ(reading(file), file.string() +
                               ": is a pointer of Git LFS, not the file that it stands "
                               "for; run `git lfs pull` in " +
                               folder().string());
  EXPECT_THAT(refusal_of([&] { const InputFile input(file); }),
              ::testing::HasSubstr("pointer of Git LFS"));
}

}  // namespace
}  // namespace lightreasoner::support
