// SPDX-License-Identifier: Apache-2.0
#include "records/reader.hpp"

#include "records/shard.hpp"
#include "support/errors.hpp"
#include "support/hashing.hpp"

#include <exception>
#include <fmt/format.h>

namespace lightreasoner::records {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& shard, const std::string& why) {
  throw support::UserError(
      fmt::format("{}: {}; restore the file, or delete the records folder and sample again",
                  shard.string(), why));
}

void require_manifest_bytes(const std::filesystem::path& path, const ShardEntry& entry) {
  const std::string sha256 = support::to_hex(support::sha256_file(path));
  if (sha256 != entry.sha256) {
    refuse(path, fmt::format("is not the file that the manifest lists (SHA-256 {}, expected {})",
                             sha256, entry.sha256));
  }
}

/// The file may have been replaced since it was hashed: what was read is hashed too.
void require_manifest_datasets(const std::filesystem::path& path, const ShardEntry& entry,
                               const Columns& columns) {
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const auto expected = entry.dataset_sha256.find(schema.at(i).path);
    if (expected == entry.dataset_sha256.end() ||
        expected->second != support::to_hex(support::sha256(std::span(columns.at(i))))) {
      refuse(path, fmt::format("dataset {} is not what the manifest lists", schema.at(i).path));
    }
  }
}

}  // namespace

RecordBatch read_shard(const std::filesystem::path& records_folder, const ShardEntry& entry) {
  const std::filesystem::path path = records_folder / Layout::shard_name(entry.shard);
  require_manifest_bytes(path, entry);
  Columns columns;
  RecordBatch batch;
  try {
    columns = read_shard_file(path);
    batch = from_columns(columns);
    check_batch(batch, 0);
  } catch (const std::runtime_error& error) {
    refuse(path, error.what());
  }
  require_manifest_datasets(path, entry, columns);
  if (batch.num_problems() != entry.num_problems || batch.num_steps() != entry.num_steps) {
    refuse(path, "holds other numbers of problems or steps than the manifest lists");
  }
  return batch;
}

Manifest require_complete_manifest(const std::filesystem::path& records_folder) {
  const auto manifest = read_manifest(records_folder);
  if (!manifest) {
    throw support::UserError(
        fmt::format("{}: holds no records (no manifest.json); make them with the job sample",
                    records_folder.string()));
  }
  if (!manifest->complete()) {
    throw support::UserError(fmt::format(
        "{}: {} of {} shards are written; finish them with the job sample", records_folder.string(),
        manifest->shards.size(), manifest->layout.num_shards()));
  }
  return *manifest;
}

}  // namespace lightreasoner::records
