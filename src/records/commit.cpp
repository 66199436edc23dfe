// SPDX-License-Identifier: Apache-2.0
#include "records/commit.hpp"

#include "parallel/together.hpp"
#include "records/shard.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/hashing.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace lightreasoner::records {
namespace {

RecordBatch read_part(const parallel::Communicator& group, const ShardPlan& plan,
                      std::span<const JournalEntry> units) {
  const auto rank = static_cast<std::size_t>(group.rank());
  const auto num_ranks = static_cast<std::size_t>(group.num_ranks());
  const std::size_t first = units.size() * rank / num_ranks;
  const std::size_t last = units.size() * (rank + 1) / num_ranks;
  RecordBatch batch;
  for (const JournalEntry& entry : units.subspan(first, last - first)) {
    append_batch(batch, read_entry(plan.journal_folder, entry));
  }
  return batch;
}

/// Makes sure that the file can be created and its bytes have room, before HDF5 begins: where
/// writing fails under way, HDF5 1.10 can neither close the file nor end in order.
void reserve(const std::filesystem::path& path, std::uint64_t data_bytes) {
  constexpr std::uint64_t metadata_bytes = 64 * 1024;
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

std::uint64_t num_bytes(const Columns& columns) {
  std::uint64_t sum = 0;
  for (const auto& column : columns) {
    sum += column.size();
  }
  return sum;
}

/// Makes the written file durable, reads it back and puts it into place.
ShardEntry seal(const ShardPlan& plan, std::uint64_t shard, const std::filesystem::path& part) {
  support::sync_path(part);
  ShardEntry entry;
  entry.shard = shard;
  entry.first_problem = plan.layout.first_problem_of_shard(shard);
  entry.bytes = std::filesystem::file_size(part);
  entry.sha256 = support::to_hex(support::sha256_file(part));
  const Columns columns = read_shard_file(part);
  for (std::size_t i = 0; i < schema.size(); ++i) {
    entry.dataset_sha256[schema.at(i).path] =
        support::to_hex(support::sha256(std::span(columns.at(i))));
  }
  const RecordBatch batch = from_columns(columns);
  check_batch(batch, 0);
  entry.num_problems = batch.num_problems();
  entry.num_steps = batch.num_steps();
  support::rename_durably(part, plan.folder / Layout::shard_name(shard));
  return entry;
}

}  // namespace

ShardEntry write_shard(const parallel::Communicator& group, const ShardPlan& plan,
                       std::uint64_t shard, std::span<const JournalEntry> units) {
  std::filesystem::path part = plan.folder / Layout::shard_name(shard);
  part += ".part";
  Columns columns;
  parallel::run_together(group, [&] { columns = to_columns(read_part(group, plan, units)); });
  const std::uint64_t data_bytes = parallel::all_reduce_sum(group, num_bytes(columns));
  parallel::run_on_root(group, [&] { reserve(part, data_bytes); });
  write_shard_file(group, part,
                   {plan.layout.first_problem_of_shard(shard), plan.plausibility_floor}, columns);
  ShardEntry entry;
  parallel::run_on_root(group, [&] { entry = seal(plan, shard, part); });
  return entry;
}

}  // namespace lightreasoner::records
