// SPDX-License-Identifier: Apache-2.0
/// HDF5 as records use it: handles that close themselves, errors as exceptions, and the few plain
/// features that a shard has. Private to the module.
#pragma once

#include "parallel/communicator.hpp"
#include "records/columns.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <hdf5.h>
#include <span>
#include <utility>
#include <vector>

namespace lightreasoner::records {

/// Keeps HDF5 from printing its error stack and from loading filter plugins. Cheap to repeat.
void set_up_hdf5();

/// Throws std::runtime_error with the deepest reason on HDF5's error stack when `result`, of any
/// HDF5 call, is negative. `doing` says what was tried.
std::int64_t check_hdf5(std::int64_t result, const char* doing);

/// Owns one HDF5 identifier.
class HdfHandle {
 public:
  using Close = herr_t (*)(hid_t);

  /// Throws as check_hdf5 does when `id` is negative.
  HdfHandle(hid_t id, Close closer, const char* doing)
      : id_(check_hdf5(id, doing)), close_(closer) {}
  ~HdfHandle() {
    if (id_ >= 0) {
      close_(id_);
    }
  }
  HdfHandle(HdfHandle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  HdfHandle(const HdfHandle&) = delete;
  HdfHandle& operator=(const HdfHandle&) = delete;
  HdfHandle& operator=(HdfHandle&&) = delete;

  [[nodiscard]] hid_t id() const { return id_; }
  /// Closes now, to see whether it works; returns what HDF5 does.
  herr_t close() { return close_(std::exchange(id_, -1)); }

 private:
  hid_t id_;
  Close close_;
};

/// Creates a file whose bytes are a function of what is written into it alone. When HDF5 fails on
/// one rank, this and what follows throw std::runtime_error on all. Collective over group.
[[nodiscard]] HdfHandle create_file(const parallel::Communicator& group,
                                    const std::filesystem::path& file);
/// Collective over group.
void create_group(const parallel::Communicator& group, const HdfHandle& file, const char* path);
/// Every rank of the file writes the same. They throw on their own: run_together.
void write_attribute(const HdfHandle& file, const char* name, std::uint64_t value);
void write_attribute(const HdfHandle& file, const char* name, float value);

/// Where this rank's rows of a dataset lie among those of the group.
struct Placement {
  std::uint64_t first_row;
  std::uint64_t num_rows;
  std::uint64_t total_rows;
};

/// Creates a dataset with its description, and fills it in one collective write, in which ranks
/// without rows take part with an empty selection. Collective over group.
void write_dataset(const parallel::Communicator& group, const HdfHandle& file, const Dataset& entry,
                   const Placement& placement, std::span<const std::byte> rows);
/// Collective over group.
void flush_and_close(const parallel::Communicator& group, HdfHandle& file);

/// For one rank to read. Throws std::runtime_error, as the following do.
[[nodiscard]] HdfHandle open_file(const std::filesystem::path& file);
void require_hard_link(const HdfHandle& file, const char* path);
[[nodiscard]] std::uint64_t read_number_attribute(const HdfHandle& file, const char* name);
/// A whole dataset. Another type, shape, link, filter or storage than write_dataset's is refused
/// before a byte is read through it.
[[nodiscard]] std::vector<std::byte> read_dataset(const HdfHandle& file, const Dataset& entry,
                                                  std::uint64_t file_size);

}  // namespace lightreasoner::records
