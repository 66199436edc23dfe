// SPDX-License-Identifier: Apache-2.0
/// File access that either succeeds whole or throws UserError naming path and system error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace lightreasoner::support {

[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// Replaces `path` as a whole: temporary file beside it, write, fsync, rename, fsync of the folder.
/// After a kill at any instant the old or the new content stands, never a part.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);
/// The same for content that is made a part after the other: `produce` hands each to its argument.
void write_file_atomically(
    const std::filesystem::path& path,
    const std::function<void(const std::function<void(std::string_view)>&)>& produce);

/// Renames a file or folder and makes the rename durable (fsync of the parent folder).
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// Puts the finished folder `staged` where `folder` is, or is to be: after a kill at any instant
/// the old folder stands, under its name or with ".old" behind it, or the new one.
void replace_folder(const std::filesystem::path& staged, const std::filesystem::path& folder);

/// fsync of a file's data or of a folder's entries.
void sync_path(const std::filesystem::path& path);

/// create_directories with our error.
void make_directories(const std::filesystem::path& path);

/// A file opened for appending. A failed append (full disk) cuts the file back to its last good
/// length and throws UserError.
class AppendOnlyFile {
 public:
  explicit AppendOnlyFile(std::filesystem::path path);
  ~AppendOnlyFile();
  AppendOnlyFile(const AppendOnlyFile&) = delete;
  AppendOnlyFile& operator=(const AppendOnlyFile&) = delete;

  void append(std::string_view bytes);
  /// append, then fsync: the bytes survive a power cut once this returns.
  void append_durably(std::string_view bytes);

 private:
  void cut_back_and_fail(std::int64_t good_length);

  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// A regular file read at chosen places, without a position that is moved.
class InputFile {
 public:
  explicit InputFile(std::filesystem::path path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }  ///< when it was opened
  /// Fills `bytes` from `begin` on; a file that ends earlier is an error.
  void read_at(std::uint64_t begin, std::span<std::byte> bytes) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// A read-only memory map of a whole file.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace lightreasoner::support
