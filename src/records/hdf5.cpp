// SPDX-License-Identifier: Apache-2.0
#include "records/hdf5.hpp"

#include "parallel/together.hpp"
#include "support/errors.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

namespace lightreasoner::records {
namespace {

/// Walked from the innermost call outwards; the first entry says why, the rest says from where.
herr_t keep_innermost(unsigned depth, const H5E_error2_t* error, void* text) {
  if (depth == 0) {
    *static_cast<std::string*>(text) = std::string(error->func_name) + ": " + error->desc;
  }
  return 0;
}

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

/// HDF5's own locks are of no use, since the run directory is locked and shards are told apart by
/// their digests, and on file systems without flock they are an error.
#if H5_VERSION_GE(1, 10, 7)
void leave_unlocked(const HdfHandle& access) {
  check_hdf5(H5Pset_file_locking(access.id(), false, true), "file locking");
}
#else
void leave_unlocked(const HdfHandle& /*access*/) { ::setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0); }
#endif

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
HdfHandle handle_for_all(const parallel::Communicator& group, hid_t id, HdfHandle::Close closer,
                         const char* doing) {
  parallel::run_together(group, [&] { check_hdf5(id, doing); });
  return {id, closer, doing};
}

void check_for_all(const parallel::Communicator& group, herr_t result, const char* doing) {
  parallel::run_together(group, [&] { check_hdf5(result, doing); });
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

HdfHandle create_dataset(const parallel::Communicator& group, const HdfHandle& file,
                         const Dataset& entry, const HdfHandle& space) {
  const HdfHandle creation = properties(H5P_DATASET_CREATE);
  // Every byte is written below.
  check_hdf5(H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER), "fill time");
  HdfHandle dataset =
      handle_for_all(group,
                     H5Dcreate2(file.id(), entry.path, file_type(entry.type), space.id(),
                                H5P_DEFAULT, creation.id(), H5P_DEFAULT),
                     H5Dclose, entry.path);
  parallel::run_together(
      group, [&] { write_text_attribute(dataset.id(), "description", entry.description); });
  return dataset;
}

void require_plain(bool holds, const char* path, const char* what) {
  if (!holds) {
    throw std::runtime_error(std::string(path) + " " + what);
  }
}

/// Refuses every feature of HDF5 that our shards do not use, before data is read through it.
void require_plain_storage(const HdfHandle& dataset, const Dataset& entry) {
  const HdfHandle creation(H5Dget_create_plist(dataset.id()), H5Pclose, entry.path);
  require_plain(H5Pget_layout(creation.id()) == H5D_CONTIGUOUS, entry.path,
                "is not stored contiguously");
  require_plain(H5Pget_external_count(creation.id()) == 0, entry.path, "is stored elsewhere");
  require_plain(H5Pget_nfilters(creation.id()) == 0, entry.path, "is filtered");
  const HdfHandle type(H5Dget_type(dataset.id()), H5Tclose, entry.path);
  require_plain(check_hdf5(H5Tequal(type.id(), file_type(entry.type)), entry.path) > 0, entry.path,
                "has another type");
}

}  // namespace

void set_up_hdf5() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
}

std::int64_t check_hdf5(std::int64_t result, const char* doing) {
  if (result >= 0) {
    return result;
  }
  std::string reason = "no reason given";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
  H5Eclear2(H5E_DEFAULT);
  throw std::runtime_error(std::string(doing) + ": HDF5: " + reason);
}

HdfHandle create_file(const parallel::Communicator& group, const std::filesystem::path& file) {
  set_up_hdf5();
  const HdfHandle access = properties(H5P_FILE_ACCESS);
  leave_unlocked(access);
  check_hdf5(H5Pset_fapl_mpio(access.id(), group.handle(), MPI_INFO_NULL), "MPI access");
  check_hdf5(H5Pset_coll_metadata_write(access.id(), true), "collective metadata");
  // One file format for all library versions that may write it.
  check_hdf5(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V18), "format version");
  // Space taken in blocks leaves ends that nobody writes, and MPI-IO may fill them with whatever
  // its buffers hold: such bytes differ from run to run.
  check_hdf5(H5Pset_meta_block_size(access.id(), 0), "metadata blocks");
  check_hdf5(H5Pset_small_data_block_size(access.id(), 0), "data blocks");
  const HdfHandle creation = properties(H5P_FILE_CREATE);
  return handle_for_all(group, H5Fcreate(file.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()),
                        H5Fclose, "creating the file");
}

void create_group(const parallel::Communicator& group, const HdfHandle& file, const char* path) {
  const HdfHandle creation = properties(H5P_GROUP_CREATE);
  handle_for_all(group, H5Gcreate2(file.id(), path, H5P_DEFAULT, creation.id(), H5P_DEFAULT),
                 H5Gclose, path);
}

void write_attribute(const HdfHandle& file, const char* name, std::uint64_t value) {
  write_attribute(file.id(), name, H5T_STD_U64LE, &value);
}

void write_attribute(const HdfHandle& file, const char* name, float value) {
  write_attribute(file.id(), name, H5T_IEEE_F32LE, &value);
}

/// The one collective write of a dataset; ranks without rows take part with an empty selection.
void write_dataset(const parallel::Communicator& group, const HdfHandle& file, const Dataset& entry,
                   const Placement& placement, std::span<const std::byte> rows) {
  const std::array<hsize_t, 2> total = {placement.total_rows, entry.row_length};
  const std::array<hsize_t, 2> start = {placement.first_row, 0};
  const std::array<hsize_t, 2> count = {placement.num_rows, entry.row_length};
  const std::size_t rank = entry.row_length == 1 ? 1 : 2;
  const HdfHandle file_space = simple_space(std::span(total).first(rank));
  const HdfHandle memory_space = simple_space(std::span(count).first(rank));
  const HdfHandle dataset = create_dataset(group, file, entry, file_space);
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
  check_for_all(group,
                H5Dwrite(dataset.id(), file_type(entry.type), memory_space.id(), file_space.id(),
                         transfer.id(), rows.empty() ? &nothing : rows.data()),
                entry.path);
  std::uint32_t local_cause = 0;
  std::uint32_t global_cause = 0;
  check_hdf5(H5Pget_mpio_no_collective_cause(transfer.id(), &local_cause, &global_cause), "cause");
  support::require(global_cause == H5D_MPIO_COLLECTIVE, "HDF5 did not write collectively");
}

void flush_and_close(const parallel::Communicator& group, HdfHandle& file) {
  check_for_all(group, H5Fflush(file.id(), H5F_SCOPE_GLOBAL), "flushing the file");
  check_for_all(group, file.close(), "closing the file");
}

HdfHandle open_file(const std::filesystem::path& file) {
  set_up_hdf5();
  const HdfHandle access = properties(H5P_FILE_ACCESS);
  leave_unlocked(access);
  return {H5Fopen(file.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose, "opening the file"};
}

void require_hard_link(const HdfHandle& file, const char* path) {
  H5L_info_t info{};
  check_hdf5(H5Lget_info(file.id(), path, &info, H5P_DEFAULT), path);
  require_plain(info.type == H5L_TYPE_HARD, path, "is a link to elsewhere");
}

std::uint64_t read_number_attribute(const HdfHandle& file, const char* name) {
  const HdfHandle attribute(H5Aopen(file.id(), name, H5P_DEFAULT), H5Aclose, name);
  const HdfHandle space(H5Aget_space(attribute.id()), H5Sclose, name);
  require_plain(H5Sget_simple_extent_npoints(space.id()) == 1, name, "is no number");
  std::uint64_t value = 0;
  check_hdf5(H5Aread(attribute.id(), H5T_STD_U64LE, &value), name);
  return value;
}

std::vector<std::byte> read_dataset(const HdfHandle& file, const Dataset& entry,
                                    std::uint64_t file_size) {
  require_hard_link(file, entry.path);
  const HdfHandle dataset(H5Dopen2(file.id(), entry.path, H5P_DEFAULT), H5Dclose, entry.path);
  require_plain_storage(dataset, entry);
  const HdfHandle space(H5Dget_space(dataset.id()), H5Sclose, entry.path);
  std::array<hsize_t, 2> extent = {0, 1};
  const int rank = entry.row_length == 1 ? 1 : 2;
  require_plain(H5Sget_simple_extent_ndims(space.id()) == rank, entry.path, "has another rank");
  check_hdf5(H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr), entry.path);
  require_plain(extent[1] == entry.row_length && extent[0] <= file_size, entry.path,
                "has another shape");
  std::vector<std::byte> bytes(extent[0] * extent[1] * size_of(entry.type));
  require_plain(bytes.size() <= file_size, entry.path, "is longer than the file");
  if (!bytes.empty()) {
    check_hdf5(
        H5Dread(dataset.id(), file_type(entry.type), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()),
        entry.path);
  }
  return bytes;
}

}  // namespace lightreasoner::records
