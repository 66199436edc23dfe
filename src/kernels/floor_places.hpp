// SPDX-License-Identifier: Apache-2.0
/// Where kernels write floor sets.
#pragma once

#include <cstdint>

namespace lightreasoner::kernels {

/// Floor sets in CSR form, in the memory of the kernels' space.
struct FloorPlaces {
  const std::uint64_t* offsets;  ///< [step + 1], the running sums of the steps' floor sizes
  std::int32_t* ids;             ///< [entry], as the two below
  float* expert_log_probability;
  float* amateur_log_probability;
};

}  // namespace lightreasoner::kernels
