// SPDX-License-Identifier: Apache-2.0
#include "records/journal_index.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace lightreasoner::records {
namespace {

using Json = nlohmann::json;

Json to_json(const std::vector<JournalEntry>& entries) {
  Json list = Json::array();
  for (const JournalEntry& entry : entries) {
    list.push_back({entry.unit, entry.file, entry.offset});
  }
  return list;
}

std::vector<JournalEntry> entries_from_json(const Json& list) {
  std::vector<JournalEntry> entries;
  for (const Json& item : list) {
    entries.push_back({item.at(0).get<std::uint64_t>(), item.at(1).get<std::string>(),
                       item.at(2).get<std::uint64_t>()});
  }
  return entries;
}

}  // namespace

std::string to_text(const JournalScan& scan) {
  return Json{{"entries", to_json(scan.entries)},
              {"files", scan.files},
              {"next_attempt", scan.next_attempt}}
      .dump();
}

JournalScan parse_scan(std::string_view text) {
  const Json scan = Json::parse(text);
  return {entries_from_json(scan.at("entries")), scan.at("files").get<std::set<std::string>>(),
          scan.at("next_attempt").get<std::uint64_t>()};
}

JournalIndex::JournalIndex(const JournalScan& scan) : files_(scan.files) { add(scan.entries); }

void JournalIndex::add(const std::vector<JournalEntry>& entries) {
  for (const JournalEntry& entry : entries) {
    entries_.emplace(entry.unit, entry);
    files_.insert(entry.file);
  }
}

void JournalIndex::share(const parallel::Communicator& comm) {
  Json all = Json::array();
  for (const std::string& part : parallel::gather(comm, to_json(noted_).dump())) {
    for (Json& entry : Json::parse(part)) {
      all.push_back(std::move(entry));
    }
  }
  add(entries_from_json(Json::parse(parallel::broadcast(comm, all.dump()))));
  noted_.clear();
}

std::set<std::string> JournalIndex::drop(
    const std::function<bool(std::uint64_t unit)>& is_committed) {
  std::erase_if(entries_, [&](const auto& item) { return is_committed(item.first); });
  std::set<std::string> needless = std::move(files_);
  files_.clear();
  for (const auto& [unit, entry] : entries_) {
    files_.insert(entry.file);
    needless.erase(entry.file);
  }
  return needless;
}

}  // namespace lightreasoner::records
