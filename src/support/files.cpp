// SPDX-License-Identifier: Apache-2.0
#include "support/files.hpp"

#include "support/errors.hpp"
#include "support/path_errors.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace lightreasoner::support {
namespace {

/// A named pipe that nobody writes to is opened too, and then refused, not waited for.
constexpr int to_read = O_RDONLY | O_NONBLOCK;

std::string remedy(const std::filesystem::path& path, int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space or choose another run.directory";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; choose a place you may write to";
    default:
      return way_out(path, error);
  }
}

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
  const int error = errno;
  throw UserError(
      fmt::format("{}: {}: {}{}", path.string(), what, std::strerror(error), remedy(path, error)));
}

/// What something that is no regular file is.
const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  return S_ISSOCK(mode) ? "a socket" : "a device";
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags, const char* what)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (number_ < 0 && (flags & O_ACCMODE) == O_RDONLY) {
      fail_to_read(path, what, errno);
    }
    if (number_ < 0) {
      fail(path, what);
    }
  }
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

/// What Git LFS leaves in place of a large file: no input of ours begins so.
void refuse_pointer(int descriptor, const std::filesystem::path& path) {
  constexpr std::string_view beginning = "version https://git-lfs.github.com/spec/";
  std::string found(beginning.size(), '\0');
  const ssize_t count = ::pread(descriptor, found.data(), found.size(), 0);
  if (count == std::ssize(found) && found == beginning) {
    throw UserError(fmt::format(
        "{}: is a pointer of Git LFS, not the file that it stands for; run `git lfs pull` in {}",
        path.string(), folder_of(path).string()));
  }
}

/// Its size; refuses what is no file to be read.
std::uint64_t examine_input(int descriptor, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    fail_to_read(path, "cannot be examined", errno);
  }
  if (!S_ISREG(status.st_mode)) {
    throw UserError(
        fmt::format("{}: is not a regular file but {}; save what is to be read in a file",
                    path.string(), kind_of(status.st_mode)));
  }
  refuse_pointer(descriptor, path);
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const InputFile file(path);
  std::string text(file.size(), '\0');
  file.read_at(0, std::as_writable_bytes(std::span(text)));
  return text;
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  write_file_atomically(path, [&](const auto& write) { write(content); });
}

void write_file_atomically(
    const std::filesystem::path& path,
    const std::function<void(const std::function<void(std::string_view)>&)>& produce) {
  std::filesystem::path temporary = path;
  temporary += ".part";
  try {
    {
      const Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC, "cannot be created");
      produce([&](std::string_view part) {
        if (!write_all(file.number(), part)) {
          fail(temporary, "cannot be written");
        }
      });
      if (::fsync(file.number()) != 0) {
        fail(temporary, "fsync failed");
      }
    }
    rename_durably(temporary, path);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw;
  }
}

void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    fail(to, "cannot be put into place");
  }
  sync_path(folder_of(to));
}

void replace_folder(const std::filesystem::path& staged, const std::filesystem::path& folder) {
  std::filesystem::path replaced = folder;
  replaced += ".old";
  std::error_code ignored;  // what cannot be removed makes the rename fail, with our message
  std::filesystem::remove_all(replaced, ignored);
  if (std::filesystem::exists(folder)) {
    rename_durably(folder, replaced);
  }
  rename_durably(staged, folder);
  std::filesystem::remove_all(replaced, ignored);
}

void sync_path(const std::filesystem::path& path) {
  const Descriptor file(path, O_RDONLY, "cannot be opened");
  if (::fsync(file.number()) != 0) {
    fail(path, "fsync failed");
  }
}

void make_directories(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    errno = error.value();
    fail(path, "folder cannot be created");
  }
}

AppendOnlyFile::AppendOnlyFile(std::filesystem::path path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    fail(path_, "cannot be opened for appending");
  }
}

AppendOnlyFile::~AppendOnlyFile() { ::close(descriptor_); }

void AppendOnlyFile::append(std::string_view bytes) {
  const off_t good_length = ::lseek(descriptor_, 0, SEEK_END);
  if (!write_all(descriptor_, bytes)) {
    cut_back_and_fail(good_length);
  }
}

void AppendOnlyFile::append_durably(std::string_view bytes) {
  const off_t good_length = ::lseek(descriptor_, 0, SEEK_END);
  if (!write_all(descriptor_, bytes) || ::fsync(descriptor_) != 0) {
    cut_back_and_fail(good_length);
  }
}

void AppendOnlyFile::cut_back_and_fail(std::int64_t good_length) {
  const int error = errno;
  // If even this fails a torn tail stays, and readers stop at the entry whose checksum fails.
  [[maybe_unused]] const int result = ::ftruncate(descriptor_, good_length);
  errno = error;
  fail(path_, "cannot be appended to");
}

InputFile::InputFile(std::filesystem::path path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), to_read | O_CLOEXEC);
  if (descriptor_ < 0) {
    fail_to_read(path_, "cannot be opened for reading", errno);
  }
  try {
    size_ = examine_input(descriptor_, path_);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read_at(std::uint64_t begin, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(begin));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      fail_to_read(path_, "cannot be read", errno);
    }
    if (count == 0) {
      throw UserError(
          fmt::format("{}: ends at byte {}, though it had {} bytes; another program "
                      "is changing it",
                      path_.string(), begin, size_));
    }
    begin += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  const Descriptor file(path, to_read, "cannot be opened for reading");
  size_ = examine_input(file.number(), path);
  if (size_ == 0) {
    return;
  }
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (address == MAP_FAILED) {
    fail_to_read(path, "cannot be mapped", errno);
  }
  data_ = static_cast<const std::byte*>(address);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) {
    ::munmap(const_cast<std::byte*>(data_), size_);
  }
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

}  // namespace lightreasoner::support
