// SPDX-License-Identifier: Apache-2.0
#include "records/hdf5_handle.hpp"

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

}  // namespace lightreasoner::records
