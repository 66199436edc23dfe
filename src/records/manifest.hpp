// SPDX-License-Identifier: Apache-2.0
/// manifest.json: the only statement of which shards exist. Readers trust nothing else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::records {

inline constexpr const char* manifest_file = "manifest.json";

/// The numbers from `first` on that are below `last`.
struct IndexRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  [[nodiscard]] std::uint64_t size() const { return last - first; }
};

/// How the problem set is cut; a function of the configuration and the set alone.
struct Layout {
  std::uint64_t num_problems = 0;
  std::uint64_t problems_per_unit = 0;
  std::uint64_t units_per_shard = 0;

  [[nodiscard]] std::uint64_t num_units() const;
  [[nodiscard]] std::uint64_t num_shards() const;
  // Where the set ends, units and shards end too: the last ones may be shorter, later ones empty.
  [[nodiscard]] IndexRange problems_of_unit(std::uint64_t unit) const;
  [[nodiscard]] IndexRange problems_of_shard(std::uint64_t shard) const;
  [[nodiscard]] IndexRange units_of_shard(std::uint64_t shard) const;
  [[nodiscard]] std::uint64_t shard_of_unit(std::uint64_t unit) const;
  [[nodiscard]] std::uint64_t num_problems_in(std::span<const std::uint64_t> units) const;
  /// "shard-000012.h5"
  [[nodiscard]] static std::string shard_name(std::uint64_t shard);
};

struct ShardEntry {
  std::uint64_t shard = 0;
  std::uint64_t first_problem = 0;
  std::uint64_t num_problems = 0;
  std::uint64_t num_steps = 0;
  std::uint64_t bytes = 0;
  std::string sha256;                                 ///< of the whole file
  std::map<std::string, std::string> dataset_sha256;  ///< of each dataset's raw bytes
};

struct Manifest {
  std::string stage_key;
  Layout layout;
  float plausibility_floor = 0;
  std::uint64_t num_skipped = 0;   ///< problems left out because they are too long
  std::vector<ShardEntry> shards;  ///< committed ones, ascending

  [[nodiscard]] bool complete() const { return shards.size() == layout.num_shards(); }
  /// support::digest_of over all committed shards.
  [[nodiscard]] std::string digest() const;
};

/// The JSON text of manifest.json: `digest` over all shards, and `sha256` over the text without
/// that member itself, so that no changed byte goes unseen.
[[nodiscard]] std::string to_text(const Manifest& manifest);
/// Throws UserError naming `path`, where the text comes from, when it is damaged.
[[nodiscard]] Manifest parse_manifest(std::string_view text, const std::filesystem::path& path);

/// Nothing when the folder holds no manifest. Throws UserError naming the file when it is damaged.
[[nodiscard]] std::optional<Manifest> read_manifest(const std::filesystem::path& records_folder);
/// The manifest of a finished records folder. Throws UserError when there is none or shards are
/// missing, naming the job that makes them.
[[nodiscard]] Manifest require_complete_manifest(const std::filesystem::path& records_folder);
/// Replaces manifest.json as a whole: the old or the new one stands after a kill. Not collective.
void write_manifest(const std::filesystem::path& records_folder, const Manifest& manifest);

}  // namespace lightreasoner::records
