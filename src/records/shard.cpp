// SPDX-License-Identifier: Apache-2.0
#include "records/shard.hpp"

#include "parallel/together.hpp"
#include "records/hdf5.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/hashing.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace lightreasoner::records {
namespace {

constexpr std::array groups = {"/problems", "/prompts", "/steps", "/floor"};

Placement place(const parallel::Communicator& group, std::uint64_t num_rows) {
  const std::vector<std::uint64_t> counts = parallel::all_gather(group, num_rows);
  const auto mine = counts.begin() + group.rank();
  return {std::accumulate(counts.begin(), mine, std::uint64_t{0}), num_rows,
          std::accumulate(counts.begin(), counts.end(), std::uint64_t{0})};
}

void write_columns(const parallel::Communicator& group, const HdfHandle& file,
                   const Columns& columns) {
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const Dataset& dataset = schema.at(i);
    if (!dataset.is_offsets) {
      write_dataset(group, file, dataset, place(group, num_rows(columns, i)), columns.at(i));
      continue;
    }
    // The ranks' offsets become one array: each rank's values move up by what the ranks before it
    // hold, and only the first rank keeps its leading zero.
    const Placement elements = place(group, num_rows(columns, i + 1));
    const std::vector<std::byte> offsets =
        shifted_offsets(columns.at(i), elements.first_row, group.is_root());
    write_dataset(group, file, dataset, place(group, offsets.size() / sizeof(std::uint64_t)),
                  offsets);
  }
}

/// Nothing in the file may depend on ranks, hosts or time. Ends flushed and closed, not yet
/// fsynced.
void write_shard_file(const parallel::Communicator& group, const std::filesystem::path& file,
                      std::uint64_t first_problem, float plausibility_floor,
                      const Columns& columns) {
  HdfHandle handle = create_file(group, file);
  parallel::run_together(group, [&] {
    write_attribute(handle, "format_version", format_version);
    write_attribute(handle, "first_problem", first_problem);
    write_attribute(handle, "plausibility_floor", plausibility_floor);
  });
  for (const char* name : groups) {
    create_group(group, handle, name);
  }
  write_columns(group, handle, columns);
  flush_and_close(group, handle);
}

/// Throws std::runtime_error when the file is not one that write_shard_file makes.
Columns read_shard_file(const std::filesystem::path& file) {
  const HdfHandle handle = open_file(file);
  if (read_number_attribute(handle, "format_version") != format_version) {
    throw std::runtime_error("format_version is not one this program reads");
  }
  for (const char* name : groups) {
    require_hard_link(handle, name);
  }
  const std::uint64_t file_size = std::filesystem::file_size(file);
  Columns columns;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    columns.at(i) = read_dataset(handle, schema.at(i), file_size);
  }
  return columns;
}

/// By path.
std::map<std::string, std::string> hash_datasets(const Columns& columns) {
  std::map<std::string, std::string> hashes;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    hashes[schema.at(i).path] = support::to_hex(support::sha256(std::span(columns.at(i))));
  }
  return hashes;
}

/// Makes sure that the file can be created and its bytes have room, before HDF5 begins: where
/// writing fails under way, HDF5 1.10 can neither close the file nor end in order.
void reserve(const std::filesystem::path& path, std::uint64_t data_bytes) {
  constexpr std::uint64_t metadata_bytes = std::uint64_t{64} * 1024;
  const support::AppendOnlyFile creatable(path);
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  const bool fits =
      descriptor >= 0 &&
      (::fallocate(descriptor, 0, 0, static_cast<off_t>(data_bytes + metadata_bytes)) == 0 ||
       errno == EOPNOTSUPP);
  const int error = errno;
  ::close(descriptor);
  if (!fits) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    throw support::UserError(fmt::format(
        "{}: cannot be written: no room for {} bytes: {}; free some space or choose another "
        "run.directory",
        path.string(), data_bytes, std::strerror(error)));
  }
}

/// Makes the written file durable, reads it back and puts it into place.
ShardEntry seal(const std::filesystem::path& part, const std::filesystem::path& target,
                std::uint64_t shard, std::uint64_t first_problem) {
  support::sync_path(part);
  ShardEntry entry;
  entry.shard = shard;
  entry.first_problem = first_problem;
  entry.bytes = std::filesystem::file_size(part);
  entry.sha256 = support::to_hex(support::sha256_file(part));
  Columns columns = read_shard_file(part);
  entry.dataset_sha256 = hash_datasets(columns);
  const RecordBatch batch = from_columns(std::move(columns));
  check_batch(batch);
  entry.num_problems = batch.num_problems();
  entry.num_steps = batch.num_steps();
  support::rename_durably(part, target);
  return entry;
}

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
  for (const auto& [name, sha256] : hash_datasets(columns)) {
    const auto expected = entry.dataset_sha256.find(name);
    if (expected == entry.dataset_sha256.end() || expected->second != sha256) {
      refuse(path, fmt::format("dataset {} is not what the manifest lists", name));
    }
  }
}

/// The columns that the manifest vouches for.
Columns read_columns(const std::filesystem::path& path, const ShardEntry& entry) {
  require_manifest_bytes(path, entry);
  Columns columns;
  try {
    columns = read_shard_file(path);
  } catch (const std::runtime_error& error) {
    refuse(path, error.what());
  }
  require_manifest_datasets(path, entry, columns);
  return columns;
}

RecordBatch unpack(const std::filesystem::path& path, const ShardEntry& entry, Columns columns) {
  RecordBatch batch;
  try {
    batch = from_columns(std::move(columns));
    check_batch(batch);
  } catch (const std::runtime_error& error) {
    refuse(path, error.what());
  }
  if (batch.num_problems() != entry.num_problems || batch.num_steps() != entry.num_steps) {
    refuse(path, "holds other numbers of problems or steps than the manifest lists");
  }
  return batch;
}

}  // namespace

std::string library_version() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  check_hdf5(H5get_libversion(&major, &minor, &release), "library version");
  return fmt::format("{}.{}.{}", major, minor, release);
}

ShardEntry write_shard(const parallel::Communicator& group,
                       const std::filesystem::path& records_folder, const Manifest& manifest,
                       std::uint64_t shard, Columns columns) {
  const std::filesystem::path target = records_folder / Layout::shard_name(shard);
  std::filesystem::path part = target;
  part += ".part";
  const std::uint64_t data_bytes = parallel::all_reduce_sum(group, num_bytes(columns));
  parallel::run_on_root(group, [&] { reserve(part, data_bytes); });
  const std::uint64_t first_problem = manifest.layout.problems_of_shard(shard).first;
  write_shard_file(group, part, first_problem, manifest.plausibility_floor, columns);
  columns = {};  // before the shard is read back whole
  ShardEntry entry;
  parallel::run_on_root(group, [&] { entry = seal(part, target, shard, first_problem); });
  return entry;
}

RecordBatch read_shard(const std::filesystem::path& records_folder, const ShardEntry& entry) {
  const std::filesystem::path path = records_folder / Layout::shard_name(entry.shard);
  return unpack(path, entry, read_columns(path, entry));
}

std::optional<RecordBatch> find_record(const std::filesystem::path& records_folder,
                                       const Manifest& manifest, std::uint64_t problem_id) {
  const Layout& layout = manifest.layout;
  // The problem's place in the set is at most its id.
  std::uint64_t candidates = problem_id / (layout.problems_per_unit * layout.units_per_shard) + 1;
  candidates = std::min<std::uint64_t>(candidates, manifest.shards.size());
  for (; candidates > 0; --candidates) {
    RecordBatch batch = read_shard(records_folder, manifest.shards[candidates - 1]);
    const std::vector<std::uint64_t>& ids = batch.problems.ids;
    if (std::binary_search(ids.begin(), ids.end(), problem_id)) {
      return batch;
    }
    if (!ids.empty() && ids.front() < problem_id) {
      break;
    }
  }
  return std::nullopt;
}

RecordBatch read_shard_once(const parallel::Communicator& comm,
                            const std::filesystem::path& records_folder, const ShardEntry& entry) {
  const std::filesystem::path path = records_folder / Layout::shard_name(entry.shard);
  Columns columns = parallel::from_root(comm, [&] { return read_columns(path, entry); });
  RecordBatch batch;
  parallel::run_together(comm, [&] { batch = unpack(path, entry, std::move(columns)); });
  return batch;
}

}  // namespace lightreasoner::records
