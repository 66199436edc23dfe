// SPDX-License-Identifier: Apache-2.0
/// Floor sets from a device. Private to the module.
#pragma once

#include "contrast/step_contrasts.hpp"
#include "device/buffer.hpp"
#include "kernels/floor_places.hpp"

#include <cstdint>
#include <functional>

namespace lightreasoner::contrast {

/// Has `write` fill the floor sets on `device`, of the sizes that sets.offsets say, and brings them
/// to the host, into `sets`.
void fetch_floor_sets(FloorSets& sets, device::Device device,
                      const std::function<void(const kernels::FloorPlaces&)>& write);

/// Bytes that it allocates on the device for a step with so many entries.
[[nodiscard]] std::uint64_t floor_set_bytes(std::uint64_t num_entries);

}  // namespace lightreasoner::contrast
