// SPDX-License-Identifier: Apache-2.0
/// Journals: finished units, made durable one by one by the rank that finished them, until their
/// shard is committed. Private to the module.
///
/// A rank writes files of its own, new ones in every attempt, so a file whose end was torn by a
/// kill is never appended to. A file is a header with the stage key, then entries; an entry is a
/// header (magic, unit, payload length, SHA-256) and serialized columns. Whatever follows the first
/// entry whose checksum fails is ignored.
#pragma once

#include "records/columns.hpp"
#include "support/files.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace lightreasoner::records {

/// Where a unit's records lie.
struct JournalEntry {
  std::uint64_t unit = 0;
  std::string file;          ///< name within the journal folder
  std::uint64_t offset = 0;  ///< of the entry's header
};

/// What earlier attempts left.
struct JournalScan {
  std::vector<JournalEntry> entries;  ///< good ones, in order of file name
  std::set<std::string> files;        ///< all journals, those without a good entry included
  std::uint64_t next_attempt = 0;
};

/// Reads and verifies every journal in `folder`, which may not exist. Throws UserError when one
/// carries another stage key. Not collective.
[[nodiscard]] JournalScan scan_journals(const std::filesystem::path& folder,
                                        const std::string& stage_key);

/// The records of these entries one after the other, verified again. Throws UserError naming the
/// file when they are not what was written. Not collective.
[[nodiscard]] Columns read_entries(const std::filesystem::path& folder,
                                   std::span<const JournalEntry> entries);

/// This rank's journal of one attempt.
class JournalWriter {
 public:
  JournalWriter(std::filesystem::path folder, std::string stage_key, std::uint64_t attempt,
                int rank);

  /// Durable once it returns. Makes the folder and the file when there is none yet.
  JournalEntry append(std::uint64_t unit, const Columns& columns);
  /// The next append begins a new file; called when the present one may be deleted.
  void start_new_file();

 private:
  void open_file();

  std::filesystem::path folder_;
  std::string stage_key_;
  std::uint64_t attempt_;
  int rank_;
  std::uint64_t part_ = 0;
  std::string name_;
  std::uint64_t length_ = 0;
  std::unique_ptr<support::AppendOnlyFile> file_;
};

}  // namespace lightreasoner::records
