// SPDX-License-Identifier: Apache-2.0
/// Which units lie in journals, and where: the same on every rank once it is shared. Private to the
/// module.
#pragma once

#include "parallel/communicator.hpp"
#include "records/journal.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lightreasoner::records {

/// A scan as text that one rank sends to the others, and back.
[[nodiscard]] std::string to_text(const JournalScan& scan);
[[nodiscard]] JournalScan parse_scan(std::string_view text);

class JournalIndex {
 public:
  JournalIndex() = default;
  /// What earlier attempts left. Of a unit that was computed twice, after a kill, the first stays:
  /// equal units have equal records.
  explicit JournalIndex(const JournalScan& scan);

  [[nodiscard]] bool contains(std::uint64_t unit) const { return entries_.contains(unit); }
  /// Throws std::out_of_range.
  [[nodiscard]] const JournalEntry& at(std::uint64_t unit) const { return entries_.at(unit); }

  /// An entry of this rank's, unknown to the index until it is shared.
  void note(JournalEntry entry) { noted_.push_back(std::move(entry)); }
  /// Adds what every rank has noted. Collective over comm.
  void share(const parallel::Communicator& comm);
  /// Forgets the units that are committed; the names of the files that hold none of the others.
  [[nodiscard]] std::set<std::string> drop(
      const std::function<bool(std::uint64_t unit)>& is_committed);

 private:
  void add(const std::vector<JournalEntry>& entries);

  std::map<std::uint64_t, JournalEntry> entries_;  // by unit
  std::set<std::string> files_;
  std::vector<JournalEntry> noted_;
};

}  // namespace lightreasoner::records
