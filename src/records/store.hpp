// SPDX-License-Identifier: Apache-2.0
/// Writing records: journals for finished units, shards at commit points, the manifest last.
#pragma once

#include "parallel/communicator.hpp"
#include "records/manifest.hpp"
#include "records/record_batch.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace lightreasoner::records {

/// Ranks that write shards together. The shards of a commit are dealt out to the groups in turn, so
/// that several are written at once.
struct WriterGroup {
  parallel::Communicator comm;
  std::uint64_t index = 0;
  std::uint64_t num_groups = 1;
};

/// One group a node: as many files at once as there are nodes to feed them. Collective over comm.
[[nodiscard]] WriterGroup writer_group_of_node(const parallel::Communicator& comm);

/// The records folder of one run, open for writing.
class Store {
 public:
  /// Reads manifest and journals left by earlier attempts, by any number of ranks. Throws UserError
  /// when the folder belongs to another stage key. Collective over comm, which must outlive the
  /// store.
  Store(const parallel::Communicator& comm, const std::filesystem::path& folder,
        Manifest empty_manifest);
  /// With groups of one's own choice; results do not depend on them.
  Store(const parallel::Communicator& comm, const std::filesystem::path& folder,
        Manifest empty_manifest, WriterGroup group);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Units of shards [first, last) that were neither committed nor in a good journal entry when the
  /// store was opened or last committed, ascending; the same list on every rank.
  [[nodiscard]] std::vector<std::uint64_t> missing_units(std::uint64_t first_shard,
                                                         std::uint64_t last_shard) const;
  /// Makes one finished unit durable in this rank's journal. Not collective.
  void append(std::uint64_t unit, const RecordBatch& batch);
  /// Writes the shards [first, last) collectively from the journals of all ranks, commits them in
  /// the manifest, then drops the journals of this window. Every unit of these shards must have
  /// been appended. Shards already committed are left alone. An error, the same on every rank,
  /// leaves the committed results untouched. Collective over comm.
  void commit(std::uint64_t first_shard, std::uint64_t last_shard);

  [[nodiscard]] const Manifest& manifest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lightreasoner::records
