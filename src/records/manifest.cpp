// SPDX-License-Identifier: Apache-2.0
#include "records/manifest.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/hashing.hpp"
#include "support/json.hpp"
#include "support/path_errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::records {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format = 1;

Json to_json(const ShardEntry& entry) {
  return {{"shard", entry.shard},
          {"file", Layout::shard_name(entry.shard)},
          {"first_problem", entry.first_problem},
          {"num_problems", entry.num_problems},
          {"num_steps", entry.num_steps},
          {"bytes", entry.bytes},
          {"sha256", entry.sha256},
          {"dataset_sha256", entry.dataset_sha256}};
}

ShardEntry read_shard_entry(const support::JsonSection& fields) {
  ShardEntry entry;
  entry.shard = fields.get<std::uint64_t>("shard");
  entry.first_problem = fields.get<std::uint64_t>("first_problem");
  entry.num_problems = fields.get<std::uint64_t>("num_problems");
  entry.num_steps = fields.get<std::uint64_t>("num_steps");
  entry.bytes = fields.get<std::uint64_t>("bytes");
  entry.sha256 = fields.get<std::string>("sha256");
  entry.dataset_sha256 = fields.map<std::string>("dataset_sha256");
  return entry;
}

/// The manifest's checksum of itself: over its text without the member "sha256".
std::string own_sha256(const Json& json_without_it) {
  return support::to_hex(support::sha256(json_without_it.dump(2)));
}

Layout read_layout(const support::JsonSection& fields) {
  const Layout layout{fields.get<std::uint64_t>("num_problems"),
                      fields.get<std::uint64_t>("problems_per_unit"),
                      fields.get<std::uint64_t>("units_per_shard")};
  for (const char* key : {"problems_per_unit", "units_per_shard"}) {
    if (fields.get<std::uint64_t>(key) == 0) fields.fail(key, "is 0");
  }
  return layout;
}

Manifest read_fields(const support::JsonSection& root) {
  if (root.get<int>("format") != format) root.fail("format", "is another version's");
  Manifest manifest;
  manifest.stage_key = root.get<std::string>("stage_key");
  manifest.plausibility_floor = root.get<float>("plausibility_floor");
  manifest.layout = read_layout(root.child("layout"));
  manifest.num_skipped = root.get_or<std::uint64_t>("num_skipped", 0);
  for (const support::JsonSection& fields : root.children("shards")) {
    const ShardEntry& entry = manifest.shards.emplace_back(read_shard_entry(fields));
    if (entry.shard >= manifest.layout.num_shards()) fields.fail("shard", "is beyond the last");
    if (manifest.shards.size() > 1 && manifest.shards.end()[-2].shard >= entry.shard) {
      fields.fail("shard", "is not above the one before it");
    }
  }
  return manifest;
}

/// The part with index `index` of [0, size), cut into parts of one length.
IndexRange part_of(std::uint64_t size, std::uint64_t index, std::uint64_t length) {
  return {std::min(index * length, size), std::min((index + 1) * length, size)};
}

std::uint64_t quotient_rounded_up(std::uint64_t dividend, std::uint64_t divisor) {
  return dividend / divisor + (dividend % divisor == 0 ? 0 : 1);
}

}  // namespace

std::uint64_t Layout::num_units() const {
  return quotient_rounded_up(num_problems, problems_per_unit);
}
std::uint64_t Layout::num_shards() const {
  return quotient_rounded_up(num_units(), units_per_shard);
}
IndexRange Layout::problems_of_unit(std::uint64_t unit) const {
  return part_of(num_problems, unit, problems_per_unit);
}
IndexRange Layout::problems_of_shard(std::uint64_t shard) const {
  return part_of(num_problems, shard, problems_per_unit * units_per_shard);
}
IndexRange Layout::units_of_shard(std::uint64_t shard) const {
  return part_of(num_units(), shard, units_per_shard);
}
std::uint64_t Layout::shard_of_unit(std::uint64_t unit) const { return unit / units_per_shard; }
std::uint64_t Layout::num_problems_in(std::span<const std::uint64_t> units) const {
  std::uint64_t count = 0;
  for (const std::uint64_t unit : units) {
    count += problems_of_unit(unit).size();
  }
  return count;
}
std::string Layout::shard_name(std::uint64_t shard) { return fmt::format("shard-{:06}.h5", shard); }

std::string Manifest::digest() const {
  std::map<std::string, std::string> sha256_by_name;
  for (const ShardEntry& entry : shards) {
    sha256_by_name[Layout::shard_name(entry.shard)] = entry.sha256;
  }
  return support::digest_of(sha256_by_name);
}

std::string to_text(const Manifest& manifest) {
  Json shards = Json::array();
  for (const ShardEntry& entry : manifest.shards) {
    shards.push_back(to_json(entry));
  }
  Json json = {{"format", format},
               {"stage_key", manifest.stage_key},
               {"digest", manifest.digest()},
               {"plausibility_floor", manifest.plausibility_floor},
               {"layout",
                {{"num_problems", manifest.layout.num_problems},
                 {"problems_per_unit", manifest.layout.problems_per_unit},
                 {"units_per_shard", manifest.layout.units_per_shard}}},
               {"shards", std::move(shards)}};
  if (manifest.num_skipped > 0) {
    json["num_skipped"] = manifest.num_skipped;
  }
  json["sha256"] = own_sha256(json);
  return json.dump(2) + "\n";
}

Manifest parse_manifest(std::string_view text, const std::filesystem::path& path) {
  const support::JsonDocument document = support::parse_json(
      text,
      {.file_name = path.string(),
       .remedy = "the manifest is damaged: restore it, or delete its folder and sample again"});
  const support::JsonSection root = document.root();
  Manifest manifest = read_fields(root);
  if (to_text(manifest) != text) root.fail("sha256", "is not the checksum of this file's content");
  return manifest;
}

std::optional<Manifest> read_manifest(const std::filesystem::path& records_folder) {
  const std::filesystem::path path = records_folder / manifest_file;
  if (!support::is_there(path)) return std::nullopt;
  return parse_manifest(support::read_file(path), path);
}

Manifest require_complete_manifest(const std::filesystem::path& records_folder) {
  const auto manifest = read_manifest(records_folder);
  if (!manifest) {
    throw support::UserError(fmt::format(
        "{}: holds no records (no manifest.json); make them with `lightreasoner sample`",
        records_folder.string()));
  }
  if (!manifest->complete()) {
    throw support::UserError(fmt::format(
        "{}: {} of {} shards are written; finish them with `lightreasoner sample`",
        records_folder.string(), manifest->shards.size(), manifest->layout.num_shards()));
  }
  return *manifest;
}

void write_manifest(const std::filesystem::path& records_folder, const Manifest& manifest) {
  support::write_file_atomically(records_folder / manifest_file, to_text(manifest));
}

}  // namespace lightreasoner::records
