// SPDX-License-Identifier: Apache-2.0
/// HDF5 identifiers that close themselves, and its error stack as an exception. Private to the
/// module.
#pragma once

#include <cstdint>
#include <hdf5.h>
#include <utility>

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

}  // namespace lightreasoner::records
