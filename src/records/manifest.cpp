// SPDX-License-Identifier: Apache-2.0
#include "records/manifest.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/hashing.hpp"

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

ShardEntry shard_from_json(const Json& json) {
  ShardEntry entry;
  json.at("shard").get_to(entry.shard);
  json.at("first_problem").get_to(entry.first_problem);
  json.at("num_problems").get_to(entry.num_problems);
  json.at("num_steps").get_to(entry.num_steps);
  json.at("bytes").get_to(entry.bytes);
  json.at("sha256").get_to(entry.sha256);
  json.at("dataset_sha256").get_to(entry.dataset_sha256);
  return entry;
}

/// The manifest's checksum of itself: over its text without the member "sha256".
std::string own_sha256(const Json& json_without_it) {
  return support::to_hex(support::sha256(json_without_it.dump(2)));
}

void check(bool holds, const char* rule) {
  if (!holds) {
    throw std::runtime_error(rule);
  }
}

Manifest from_json(Json json) {
  check(json.at("format").get<int>() == format, "it has another format version");
  const auto sha256 = json.at("sha256").get<std::string>();
  json.erase("sha256");
  check(sha256 == own_sha256(json), "its content does not match its own checksum");
  Manifest manifest;
  json.at("stage_key").get_to(manifest.stage_key);
  json.at("plausibility_floor").get_to(manifest.plausibility_floor);
  const Json& layout = json.at("layout");
  layout.at("num_problems").get_to(manifest.layout.num_problems);
  layout.at("problems_per_unit").get_to(manifest.layout.problems_per_unit);
  layout.at("units_per_shard").get_to(manifest.layout.units_per_shard);
  check(manifest.layout.problems_per_unit > 0 && manifest.layout.units_per_shard > 0,
        "its layout has a size of zero");
  for (const Json& shard : json.at("shards")) {
    const ShardEntry& entry = manifest.shards.emplace_back(shard_from_json(shard));
    check(entry.shard < manifest.layout.num_shards(), "it lists a shard beyond the last");
    check(manifest.shards.size() < 2 || manifest.shards.end()[-2].shard < entry.shard,
          "its shards do not ascend");
  }
  check(json.at("digest").get<std::string>() == manifest.digest(), "its digest is not its shards'");
  return manifest;
}

/// The part with index `index` of [0, size), cut into parts of one length.
Range part_of(std::uint64_t size, std::uint64_t index, std::uint64_t length) {
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
Range Layout::problems_of_unit(std::uint64_t unit) const {
  return part_of(num_problems, unit, problems_per_unit);
}
Range Layout::problems_of_shard(std::uint64_t shard) const {
  return part_of(num_problems, shard, problems_per_unit * units_per_shard);
}
Range Layout::units_of_shard(std::uint64_t shard) const {
  return part_of(num_units(), shard, units_per_shard);
}
std::uint64_t Layout::shard_of_unit(std::uint64_t unit) const { return unit / units_per_shard; }
std::uint64_t Layout::shard_of_problem(std::uint64_t problem) const {
  return problem / (problems_per_unit * units_per_shard);
}
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
  json["sha256"] = own_sha256(json);
  return json.dump(2) + "\n";
}

Manifest parse_manifest(std::string_view text, const std::filesystem::path& path) {
  try {
    return from_json(Json::parse(text));
  } catch (const std::exception& error) {
    throw support::UserError(fmt::format(
        "{}: damaged manifest: {}; restore the file, or delete its folder and sample again",
        path.string(), error.what()));
  }
}

std::optional<Manifest> read_manifest(const std::filesystem::path& records_folder) {
  const std::filesystem::path path = records_folder / manifest_file;
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) {
    return std::nullopt;
  }
  return parse_manifest(support::read_file(path), path);
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

void write_manifest(const std::filesystem::path& records_folder, const Manifest& manifest) {
  support::write_file_atomically(records_folder / manifest_file, to_text(manifest));
}

}  // namespace lightreasoner::records
