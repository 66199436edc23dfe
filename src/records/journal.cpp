// SPDX-License-Identifier: Apache-2.0
#include "records/journal.hpp"

#include "support/errors.hpp"
#include "support/hashing.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace lightreasoner::records {
namespace {

constexpr std::string_view file_magic = "LRJRNL01";
constexpr std::string_view entry_magic = "LRENTRY1";
constexpr std::string_view name_start = "attempt-";
constexpr std::string_view name_end = ".journal";

/// Eight little-endian bytes.
std::string number_bytes(std::uint64_t value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string hash_bytes(std::string_view head, std::string_view tail) {
  support::Sha256Stream stream;
  stream.update(std::as_bytes(std::span(head)));
  stream.update(std::as_bytes(std::span(tail)));
  const support::Sha256 digest = stream.finish();
  return {digest.begin(), digest.end()};
}

/// Cuts pieces off the front of a file's bytes; fails for good when they are too short.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  std::optional<std::string_view> take(std::uint64_t size) {
    if (rest_.size() < size) {
      return std::nullopt;
    }
    const std::string_view piece = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return piece;
  }
  std::optional<std::uint64_t> take_number() {
    const auto piece = take(sizeof(std::uint64_t));
    if (!piece) {
      return std::nullopt;
    }
    std::uint64_t value = 0;
    std::memcpy(&value, piece->data(), sizeof value);
    return value;
  }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

std::string file_header(const std::string& stage_key) {
  const std::string head = std::string(file_magic) + number_bytes(stage_key.size()) + stage_key;
  return head + hash_bytes(head, {});
}

/// The stage key of a file, nothing when its header is torn.
std::optional<std::string> take_stage_key(Cursor& cursor) {
  const auto magic = cursor.take(file_magic.size());
  const auto size = cursor.take_number();
  const auto key = size ? cursor.take(*size) : std::nullopt;
  const auto hash = cursor.take(std::tuple_size_v<support::Sha256>);
  if (magic != file_magic || !key || !hash) {
    return std::nullopt;
  }
  std::string found(*key);
  const std::string expected = file_header(found);
  return expected.ends_with(*hash) ? std::optional(std::move(found)) : std::nullopt;
}

std::string entry_head(std::uint64_t unit, std::size_t payload_size) {
  return std::string(entry_magic) + number_bytes(unit) + number_bytes(payload_size);
}

struct Entry {
  std::uint64_t unit;
  std::string_view payload;
};

/// The next entry, nothing when it is torn or damaged.
std::optional<Entry> take_entry(Cursor& cursor) {
  const auto magic = cursor.take(entry_magic.size());
  const auto unit = cursor.take_number();
  const auto size = cursor.take_number();
  const auto hash = cursor.take(std::tuple_size_v<support::Sha256>);
  const auto payload = size && hash ? cursor.take(*size) : std::nullopt;
  if (magic != entry_magic || !unit || !payload ||
      hash_bytes(entry_head(*unit, payload->size()), *payload) != *hash) {
    return std::nullopt;
  }
  return Entry{*unit, *payload};
}

std::string_view text_of(const support::MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

void scan_file(const std::filesystem::path& path, const std::string& stage_key, JournalScan& scan) {
  const support::MappedFile file(path);
  Cursor cursor(text_of(file));
  const auto key = take_stage_key(cursor);
  if (!key) {
    return;
  }
  if (*key != stage_key) {
    throw support::UserError(
        fmt::format("{}: was made by another configuration (stage key {}, now {}); go on with that "
                    "configuration, or choose another run.directory",
                    path.string(), *key, stage_key));
  }
  while (cursor.left() > 0) {
    const std::uint64_t offset = file.bytes().size() - cursor.left();
    const auto entry = take_entry(cursor);
    if (!entry) {
      return;
    }
    scan.entries.push_back({entry->unit, path.filename().string(), offset});
  }
}

Columns read_entry(const std::filesystem::path& folder, const JournalEntry& entry) {
  const support::MappedFile file(folder / entry.file);
  Cursor cursor(text_of(file));
  if (cursor.take(entry.offset)) {
    const auto found = take_entry(cursor);
    if (found && found->unit == entry.unit) {
      return deserialize(found->payload);
    }
  }
  throw support::UserError(fmt::format(
      "{}: the entry of unit {} changed since it was written; start the job again, which computes "
      "that unit anew",
      (folder / entry.file).string(), entry.unit));
}

/// The attempt a file name tells, nothing for files that are no journals.
std::optional<std::uint64_t> attempt_of(const std::string& name) {
  if (!name.starts_with(name_start) || !name.ends_with(name_end)) {
    return std::nullopt;
  }
  std::uint64_t attempt = 0;
  const auto [end, error] =
      std::from_chars(name.data() + name_start.size(), name.data() + name.size(), attempt);
  return error == std::errc() ? std::optional(attempt) : std::nullopt;
}

}  // namespace

JournalScan scan_journals(const std::filesystem::path& folder, const std::string& stage_key) {
  JournalScan scan;
  if (std::error_code ignored; !std::filesystem::is_directory(folder, ignored)) {
    return scan;
  }
  for (const auto& item : std::filesystem::directory_iterator(folder)) {
    const std::string name = item.path().filename().string();
    if (const auto attempt = attempt_of(name)) {
      scan.files.insert(name);
      scan.next_attempt = std::max(scan.next_attempt, *attempt + 1);
    }
  }
  for (const std::string& name : scan.files) {
    scan_file(folder / name, stage_key, scan);
  }
  return scan;
}

Columns read_entries(const std::filesystem::path& folder, std::span<const JournalEntry> entries) {
  Columns columns = to_columns(RecordBatch{});
  for (const JournalEntry& entry : entries) {
    append_columns(columns, read_entry(folder, entry));
  }
  return columns;
}

JournalWriter::JournalWriter(std::filesystem::path folder, std::string stage_key,
                             std::uint64_t attempt, int rank)
    : folder_(std::move(folder)),
      stage_key_(std::move(stage_key)),
      attempt_(attempt),
      rank_(rank) {}

void JournalWriter::open_file() {
  support::make_directories(folder_);
  name_ = fmt::format("{}{:04}-rank-{:05}-part-{:04}{}", name_start, attempt_, rank_, part_++,
                      name_end);
  auto file = std::make_unique<support::AppendOnlyFile>(folder_ / name_);
  const std::string header = file_header(stage_key_);
  file->append_durably(header);
  support::sync_path(folder_);
  length_ = header.size();
  file_ = std::move(file);
}

JournalEntry JournalWriter::append(std::uint64_t unit, const Columns& columns) {
  if (file_ == nullptr) {
    open_file();
  }
  const std::string payload = serialize(columns);
  const std::string head = entry_head(unit, payload.size());
  const std::string entry = head + hash_bytes(head, payload) + payload;
  try {
    file_->append_durably(entry);
  } catch (...) {
    start_new_file();  // this one may end in a torn entry, behind which nothing is read
    throw;
  }
  const std::uint64_t offset = std::exchange(length_, length_ + entry.size());
  return {unit, name_, offset};
}

void JournalWriter::start_new_file() { file_.reset(); }

}  // namespace lightreasoner::records
