// SPDX-License-Identifier: Apache-2.0
#include "records/store.hpp"

#include "parallel/together.hpp"
#include "records/columns.hpp"
#include "records/journal.hpp"
#include "records/journal_index.hpp"
#include "records/shard.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <fmt/format.h>
#include <set>
#include <string>
#include <system_error>
#include <utility>

namespace lightreasoner::records {
namespace {

void require_same_stage(const Manifest& found, const Manifest& expected,
                        const std::filesystem::path& folder) {
  if (found.stage_key != expected.stage_key) {
    throw support::UserError(fmt::format(
        "{}: holds records of another configuration (stage key {}, now {}); go on with that "
        "configuration, or choose another run.directory",
        folder.string(), found.stage_key, expected.stage_key));
  }
}

}  // namespace

WriterGroup writer_group_of_node(const parallel::Communicator& comm) {
  parallel::Communicator node = parallel::split_by_node(comm);
  // Nodes are numbered by their first ranks, and every rank learns how many come before its own.
  const std::vector<std::uint64_t> is_first = parallel::all_gather(comm, node.is_root() ? 1 : 0);
  const auto num_nodes =
      static_cast<std::uint64_t>(std::count(is_first.begin(), is_first.end(), 1));
  const auto before =
      static_cast<std::uint64_t>(std::count(is_first.begin(), is_first.begin() + comm.rank(), 1));
  const std::uint64_t of_root = parallel::broadcast(node, before);
  return {std::move(node), of_root, num_nodes};
}

struct Store::State {
  const parallel::Communicator& comm;
  WriterGroup group;
  std::filesystem::path folder;
  std::filesystem::path journal_folder;
  Manifest manifest;
  JournalIndex index;
  std::unique_ptr<JournalWriter> journal;

  [[nodiscard]] bool is_committed(std::uint64_t shard) const {
    return std::ranges::binary_search(manifest.shards, shard, {}, &ShardEntry::shard);
  }
  [[nodiscard]] std::vector<std::uint64_t> open_shards(std::uint64_t first,
                                                       std::uint64_t last) const {
    std::vector<std::uint64_t> shards;
    for (std::uint64_t shard = first; shard < last; ++shard) {
      if (!is_committed(shard)) {
        shards.push_back(shard);
      }
    }
    return shards;
  }

  void open();
  [[nodiscard]] Columns read_part(std::uint64_t shard) const;
  [[nodiscard]] Manifest write_shards(const std::vector<std::uint64_t>& shards) const;
  void commit_manifest(const Manifest& written);
  void drop_journals();
};

/// Rank 0 reads what is there, the others are told.
void Store::State::open() {
  const auto [found, journals] = parallel::from_root(comm, [&] {
    const Manifest present = read_manifest(folder).value_or(manifest);
    require_same_stage(present, manifest, folder);
    const JournalScan scan = scan_journals(journal_folder, manifest.stage_key);
    support::make_directories(folder);
    return std::array{to_text(present), to_text(scan)};
  });
  manifest = parse_manifest(found, folder);
  const JournalScan scan = parse_scan(journals);
  index = JournalIndex(scan);
  journal = std::make_unique<JournalWriter>(journal_folder, manifest.stage_key, scan.next_attempt,
                                            comm.rank());
}

/// This rank's records of a shard: the units are dealt out to the group in contiguous parts.
Columns Store::State::read_part(std::uint64_t shard) const {
  const IndexRange units = manifest.layout.units_of_shard(shard);
  const auto rank = static_cast<std::uint64_t>(group.comm.rank());
  const auto num_ranks = static_cast<std::uint64_t>(group.comm.num_ranks());
  std::vector<JournalEntry> mine;
  for (std::uint64_t unit = units.first + units.size() * rank / num_ranks;
       unit < units.first + units.size() * (rank + 1) / num_ranks; ++unit) {
    mine.push_back(index.at(unit));
  }
  return read_entries(journal_folder, mine);
}

/// This rank's group writes its share of `shards`; the manifest returned lists them, on rank 0 of
/// the group. Groups fail apart, then all ranks agree.
Manifest Store::State::write_shards(const std::vector<std::uint64_t>& shards) const {
  Manifest written = manifest;
  written.shards.clear();
  std::exception_ptr error;
  try {
    for (std::size_t i = group.index; i < shards.size(); i += group.num_groups) {
      Columns part;
      parallel::run_together(group.comm, [&] { part = read_part(shards[i]); });
      const ShardEntry entry =
          write_shard(group.comm, folder, manifest, shards[i], std::move(part));
      if (group.comm.is_root()) {
        written.shards.push_back(entry);
      }
    }
  } catch (const std::exception&) {
    error = std::current_exception();
  }
  parallel::run_together(comm, [&] {
    if (error) {
      std::rethrow_exception(error);
    }
  });
  return written;
}

void Store::State::commit_manifest(const Manifest& written) {
  Manifest next = manifest;
  for (const std::string& part : parallel::gather(comm, to_text(written))) {
    const Manifest of_group = parse_manifest(part, folder);
    next.shards.insert(next.shards.end(), of_group.shards.begin(), of_group.shards.end());
  }
  std::sort(next.shards.begin(), next.shards.end(),
            [](const ShardEntry& a, const ShardEntry& b) { return a.shard < b.shard; });
  const std::string text = parallel::from_root(comm, [&] {
    write_manifest(folder, next);
    return to_text(next);
  });
  manifest = parse_manifest(text, folder);
}

/// Deletes journals of which the manifest now holds every unit. What cannot be deleted does no
/// harm: its units are committed.
void Store::State::drop_journals() {
  journal->start_new_file();
  const std::set<std::string> needless = index.drop(
      [&](std::uint64_t unit) { return is_committed(manifest.layout.shard_of_unit(unit)); });
  if (!comm.is_root()) {
    return;
  }
  std::error_code ignored;
  for (const std::string& name : needless) {
    std::filesystem::remove(journal_folder / name, ignored);
  }
  if (manifest.complete()) {
    std::filesystem::remove(journal_folder, ignored);
  }
}

Store::Store(const parallel::Communicator& comm, const std::filesystem::path& folder,
             Manifest empty_manifest)
    : Store(comm, folder, std::move(empty_manifest), writer_group_of_node(comm)) {}

Store::Store(const parallel::Communicator& comm, const std::filesystem::path& folder,
             Manifest empty_manifest, WriterGroup group)
    : state_(new State{comm,
                       std::move(group),
                       folder,
                       folder / "journal",
                       std::move(empty_manifest),
                       {},
                       nullptr}) {
  const Layout& layout = state_->manifest.layout;
  support::require(layout.num_problems > 0 && layout.problems_per_unit > 0 &&
                       layout.units_per_shard > 0 && state_->manifest.shards.empty(),
                   "a store begins with a layout and no shards");
  state_->open();
}

Store::~Store() = default;

const Manifest& Store::manifest() const { return state_->manifest; }

std::vector<std::uint64_t> Store::missing_units(std::uint64_t first_shard,
                                                std::uint64_t last_shard) const {
  std::vector<std::uint64_t> units;
  for (const std::uint64_t shard : state_->open_shards(first_shard, last_shard)) {
    const IndexRange range = state_->manifest.layout.units_of_shard(shard);
    for (std::uint64_t unit = range.first; unit < range.last; ++unit) {
      if (!state_->index.contains(unit)) {
        units.push_back(unit);
      }
    }
  }
  return units;
}

void Store::append(std::uint64_t unit, const RecordBatch& batch) {
  const Layout& layout = state_->manifest.layout;
  support::require(unit < layout.num_units(), "no such unit");
  support::require(batch.num_problems() == layout.problems_of_unit(unit).size(),
                   "a unit's batch holds another number of problems");
  check_batch(batch);
  state_->index.note(state_->journal->append(unit, to_columns(batch)));
}

void Store::commit(std::uint64_t first_shard, std::uint64_t last_shard) {
  support::require(first_shard <= last_shard && last_shard <= state_->manifest.layout.num_shards(),
                   "no such shards");
  state_->index.share(state_->comm);
  support::require(missing_units(first_shard, last_shard).empty(),
                   "a unit of these shards was not appended");
  const std::vector<std::uint64_t> shards = state_->open_shards(first_shard, last_shard);
  if (!shards.empty()) {
    state_->commit_manifest(state_->write_shards(shards));
  }
  state_->drop_journals();
}

}  // namespace lightreasoner::records
