// SPDX-License-Identifier: Apache-2.0
#include "records/shard.hpp"

#include "parallel/together.hpp"
#include "records/hdf5_handle.hpp"
#include "support/errors.hpp"

#include <array>
#include <cstring>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>

namespace lightreasoner::records {
namespace {

constexpr std::array groups = {"/problems", "/prompts", "/steps", "/floor"};

hid_t file_type(ElementType type) {
  switch (type) {
    case ElementType::u8:
      return H5T_STD_U8LE;
    case ElementType::i32:
      return H5T_STD_I32LE;
    case ElementType::u64:
      return H5T_STD_U64LE;
    case ElementType::f32:
      break;
  }
  return H5T_IEEE_F32LE;
}

/// A property list with object times off where it is one of created objects: they hold the clock.
HdfHandle properties(hid_t list_class) {
  HdfHandle list(H5Pcreate(list_class), H5Pclose, "property list");
  if (list_class != H5P_FILE_ACCESS && list_class != H5P_DATASET_XFER) {
    check_hdf5(H5Pset_obj_track_times(list.id(), false), "object times");
  }
  return list;
}

HdfHandle simple_space(std::span<const hsize_t> extent) {
  return {H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose,
          "data space"};
}

/// Calls that change the file's metadata are collective: a rank where one fails must not leave the
/// others waiting in the next one.
HdfHandle agreed(const parallel::Communicator& group, hid_t id, HdfHandle::Close closer,
                 const char* doing) {
  parallel::run_together(group, [&] { check_hdf5(id, doing); });
  return {id, closer, doing};
}

void agree_on(const parallel::Communicator& group, herr_t result, const char* doing) {
  parallel::run_together(group, [&] { check_hdf5(result, doing); });
}

HdfHandle create_file(const parallel::Communicator& group, const std::filesystem::path& file) {
  const HdfHandle access = properties(H5P_FILE_ACCESS);
  check_hdf5(H5Pset_fapl_mpio(access.id(), group.handle(), MPI_INFO_NULL), "MPI access");
  check_hdf5(H5Pset_coll_metadata_write(access.id(), true), "collective metadata");
  // One file format for all library versions that may write it.
  check_hdf5(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V18), "format version");
  // Space taken in blocks leaves ends that nobody writes, and MPI-IO may fill them with whatever
  // its buffers hold: such bytes differ from run to run.
  check_hdf5(H5Pset_meta_block_size(access.id(), 0), "metadata blocks");
  check_hdf5(H5Pset_small_data_block_size(access.id(), 0), "data blocks");
  const HdfHandle creation = properties(H5P_FILE_CREATE);
  return agreed(group, H5Fcreate(file.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), H5Fclose,
                "creating the file");
}

void write_attribute(hid_t object, const char* name, hid_t type, const void* value) {
  const HdfHandle space(H5Screate(H5S_SCALAR), H5Sclose, "attribute space");
  const HdfHandle attribute(H5Acreate2(object, name, type, space.id(), H5P_DEFAULT, H5P_DEFAULT),
                            H5Aclose, "attribute");
  check_hdf5(H5Awrite(attribute.id(), type, value), "attribute value");
}

void write_text_attribute(hid_t object, const char* name, const char* text) {
  const HdfHandle type(H5Tcopy(H5T_C_S1), H5Tclose, "text type");
  check_hdf5(H5Tset_size(type.id(), std::strlen(text)), "text length");
  check_hdf5(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), "text padding");
  write_attribute(object, name, type.id(), text);
}

/// Where this rank's rows of a column lie among those of the group.
struct Placement {
  std::uint64_t first_row;
  std::uint64_t num_rows;
  std::uint64_t total_rows;
};

Placement place(const parallel::Communicator& group, std::uint64_t num_rows) {
  const std::vector<std::uint64_t> counts = parallel::all_gather(group, num_rows);
  const auto mine = counts.begin() + group.rank();
  return {std::accumulate(counts.begin(), mine, std::uint64_t{0}), num_rows,
          std::accumulate(counts.begin(), counts.end(), std::uint64_t{0})};
}

/// Joins the ranks' offsets to one array: each rank's values move up by what the ranks before it
/// hold, and only the first rank keeps its leading zero.
std::vector<std::uint64_t> shifted_offsets(std::span<const std::byte> bytes, std::uint64_t shift,
                                           bool keeps_first) {
  std::vector<std::uint64_t> offsets(bytes.size() / sizeof(std::uint64_t));
  std::memcpy(offsets.data(), bytes.data(), bytes.size());
  for (std::uint64_t& offset : offsets) {
    offset += shift;
  }
  if (!keeps_first) {
    offsets.erase(offsets.begin());
  }
  return offsets;
}

HdfHandle create_dataset(const parallel::Communicator& group, const HdfHandle& file,
                         const ColumnSchema& column, const HdfHandle& space) {
  const HdfHandle creation = properties(H5P_DATASET_CREATE);
  // Every byte is written below.
  check_hdf5(H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER), "fill time");
  HdfHandle dataset = agreed(group,
                             H5Dcreate2(file.id(), column.path, file_type(column.type), space.id(),
                                        H5P_DEFAULT, creation.id(), H5P_DEFAULT),
                             H5Dclose, column.path);
  parallel::run_together(
      group, [&] { write_text_attribute(dataset.id(), "description", column.description); });
  return dataset;
}

/// The one collective write of a dataset; ranks without rows take part with an empty selection.
void write_column(const parallel::Communicator& group, const HdfHandle& file,
                  const ColumnSchema& column, const Placement& placement,
                  std::span<const std::byte> rows) {
  const std::array<hsize_t, 2> total = {placement.total_rows, column.row_length};
  const std::array<hsize_t, 2> start = {placement.first_row, 0};
  const std::array<hsize_t, 2> count = {placement.num_rows, column.row_length};
  const std::size_t rank = column.row_length == 1 ? 1 : 2;
  const HdfHandle file_space = simple_space(std::span(total).first(rank));
  const HdfHandle memory_space = simple_space(std::span(count).first(rank));
  const HdfHandle dataset = create_dataset(group, file, column, file_space);
  if (placement.total_rows == 0) {
    return;  // on every rank: there is nothing to write, and HDF5 1.10 fails when asked to
  }
  if (placement.num_rows == 0) {
    check_hdf5(H5Sselect_none(file_space.id()), "empty selection");
    check_hdf5(H5Sselect_none(memory_space.id()), "empty selection");
  } else {
    check_hdf5(H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, start.data(), nullptr,
                                   count.data(), nullptr),
               "selection");
  }
  const HdfHandle transfer = properties(H5P_DATASET_XFER);
  check_hdf5(H5Pset_dxpl_mpio(transfer.id(), H5FD_MPIO_COLLECTIVE), "collective transfer");
  // HDF5 refuses a null buffer even where nothing is selected.
  static constexpr std::byte nothing{};
  agree_on(group,
           H5Dwrite(dataset.id(), file_type(column.type), memory_space.id(), file_space.id(),
                    transfer.id(), rows.empty() ? &nothing : rows.data()),
           column.path);
  std::uint32_t local_cause = 0;
  std::uint32_t global_cause = 0;
  check_hdf5(H5Pget_mpio_no_collective_cause(transfer.id(), &local_cause, &global_cause), "cause");
  support::require(global_cause == H5D_MPIO_COLLECTIVE, "HDF5 did not write collectively");
}

void write_columns(const parallel::Communicator& group, const HdfHandle& file,
                   const Columns& columns) {
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const ColumnSchema& column = schema.at(i);
    if (!column.is_offsets) {
      write_column(group, file, column, place(group, num_rows(columns, i)), columns.at(i));
      continue;
    }
    const Placement elements = place(group, num_rows(columns, i + 1));
    const std::vector<std::uint64_t> offsets =
        shifted_offsets(columns.at(i), elements.first_row, group.is_root());
    write_column(group, file, column, place(group, offsets.size()),
                 std::as_bytes(std::span(offsets)));
  }
}

}  // namespace

void write_shard_file(const parallel::Communicator& group, const std::filesystem::path& file,
                      const ShardHeader& header, const Columns& columns) {
  set_up_hdf5();
  HdfHandle handle = create_file(group, file);
  parallel::run_together(group, [&] {
    write_attribute(handle.id(), "format_version", H5T_STD_U64LE, &format_version);
    write_attribute(handle.id(), "first_problem", H5T_STD_U64LE, &header.first_problem);
    write_attribute(handle.id(), "plausibility_floor", H5T_IEEE_F32LE, &header.plausibility_floor);
  });
  for (const char* name : groups) {
    const HdfHandle creation = properties(H5P_GROUP_CREATE);
    agreed(group, H5Gcreate2(handle.id(), name, H5P_DEFAULT, creation.id(), H5P_DEFAULT), H5Gclose,
           name);
  }
  write_columns(group, handle, columns);
  agree_on(group, H5Fflush(handle.id(), H5F_SCOPE_GLOBAL), "flushing the file");
  agree_on(group, handle.close(), "closing the file");
}

namespace {

void require_plain(bool holds, const char* path, const char* what) {
  if (!holds) {
    throw std::runtime_error(std::string(path) + " " + what);
  }
}

/// Refuses every feature of HDF5 that our shards do not use, before data is read through it.
void require_plain_storage(const HdfHandle& dataset, const ColumnSchema& column) {
  const HdfHandle creation(H5Dget_create_plist(dataset.id()), H5Pclose, column.path);
  require_plain(H5Pget_layout(creation.id()) == H5D_CONTIGUOUS, column.path,
                "is not stored contiguously");
  require_plain(H5Pget_external_count(creation.id()) == 0, column.path, "is stored elsewhere");
  require_plain(H5Pget_nfilters(creation.id()) == 0, column.path, "is filtered");
  const HdfHandle type(H5Dget_type(dataset.id()), H5Tclose, column.path);
  require_plain(check_hdf5(H5Tequal(type.id(), file_type(column.type)), column.path) > 0,
                column.path, "has another type");
}

void require_hard_link(const HdfHandle& file, const char* path) {
  H5L_info_t info{};
  check_hdf5(H5Lget_info(file.id(), path, &info, H5P_DEFAULT), path);
  require_plain(info.type == H5L_TYPE_HARD, path, "is a link to elsewhere");
}

void require_format(const HdfHandle& file) {
  const HdfHandle attribute(H5Aopen(file.id(), "format_version", H5P_DEFAULT), H5Aclose,
                            "format_version");
  std::uint64_t version = 0;
  const HdfHandle space(H5Aget_space(attribute.id()), H5Sclose, "format_version");
  require_plain(H5Sget_simple_extent_npoints(space.id()) == 1, "format_version", "is no number");
  check_hdf5(H5Aread(attribute.id(), H5T_STD_U64LE, &version), "format_version");
  require_plain(version == format_version, "format_version", "is not one this program reads");
}

std::vector<std::byte> read_column(const HdfHandle& file, const ColumnSchema& column,
                                   std::uint64_t file_size) {
  require_hard_link(file, column.path);
  const HdfHandle dataset(H5Dopen2(file.id(), column.path, H5P_DEFAULT), H5Dclose, column.path);
  require_plain_storage(dataset, column);
  const HdfHandle space(H5Dget_space(dataset.id()), H5Sclose, column.path);
  std::array<hsize_t, 2> extent = {0, 1};
  const int rank = column.row_length == 1 ? 1 : 2;
  require_plain(H5Sget_simple_extent_ndims(space.id()) == rank, column.path, "has another rank");
  check_hdf5(H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr), column.path);
  require_plain(extent[1] == column.row_length && extent[0] <= file_size, column.path,
                "has another shape");
  std::vector<std::byte> bytes(extent[0] * extent[1] * size_of(column.type));
  require_plain(bytes.size() <= file_size, column.path, "is longer than the file");
  if (!bytes.empty()) {
    check_hdf5(
        H5Dread(dataset.id(), file_type(column.type), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()),
        column.path);
  }
  return bytes;
}

}  // namespace

Columns read_shard_file(const std::filesystem::path& file) {
  set_up_hdf5();
  const HdfHandle handle(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose,
                         "opening the file");
  require_format(handle);
  for (const char* name : groups) {
    require_hard_link(handle, name);
  }
  const std::uint64_t file_size = std::filesystem::file_size(file);
  Columns columns;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    columns.at(i) = read_column(handle, schema.at(i), file_size);
  }
  return columns;
}

}  // namespace lightreasoner::records
