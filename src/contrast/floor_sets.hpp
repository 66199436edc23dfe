// SPDX-License-Identifier: Apache-2.0
/// What kernels leave of steps, and their floor sets, from a device. Private to the module.
#pragma once

#include "contrast/contrast_steps.hpp"
#include "contrast/step_contrasts.hpp"
#include "device/buffer.hpp"
#include "kernels/floor_places.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lightreasoner::contrast {

/// Appends each step's statistics and where its floor set ends. Throws InvalidLogits for the lowest
/// step of which `fault_of` says something.
template <typename Step>
void append_sums(StepContrasts& contrasts, const std::vector<Step>& steps, const auto& fault_of,
                 const auto& statistics_of) {
  for (std::size_t index = 0; index < steps.size(); ++index) {
    const Step& step = steps[index];
    if (const std::string fault = fault_of(step); !fault.empty()) {
      throw InvalidLogits(static_cast<std::int64_t>(index), fault);
    }
    append_step(contrasts, statistics_of(step));
    contrasts.floor.offsets.push_back(contrasts.floor.offsets.back() +
                                      static_cast<std::uint64_t>(step.floor_size));
  }
}

/// Has `write` fill the floor sets on `device`, of the sizes that sets.offsets say, and brings them
/// to the host, into `sets`.
void fetch_floor_sets(FloorSets& sets, device::Device device,
                      const std::function<void(const kernels::FloorPlaces&)>& write);

/// Bytes that it allocates on the device for a step with so many entries.
[[nodiscard]] std::uint64_t floor_set_bytes(std::uint64_t num_entries);

}  // namespace lightreasoner::contrast
