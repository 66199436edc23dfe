// SPDX-License-Identifier: Apache-2.0
#include "contrast/floor_sets.hpp"

#include <span>
#include <type_traits>
#include <utility>

namespace lightreasoner::contrast {
namespace {

/// What floor_columns are of on the device.
struct DeviceSteps {
  FloorSetsIn<device::Buffer> floor{};
};

struct HostSteps {
  FloorSets& floor;
};

}  // namespace

void fetch_floor_sets(FloorSets& sets, device::Device device,
                      const std::function<void(const kernels::FloorPlaces&)>& write) {
  const std::size_t num_entries = sets.offsets.back();
  DeviceSteps steps;
  for_each_column(floor_columns, [&](const auto& column) {
    auto& buffer = column.member(steps);
    buffer = std::remove_cvref_t<decltype(buffer)>(
        column.rule == ColumnRule::offsets ? sets.offsets.size() : num_entries, device);
  });
  steps.floor.offsets.from_host(std::span<const std::uint64_t>(sets.offsets));
  write({steps.floor.offsets.data(), steps.floor.ids.data(),
         steps.floor.expert_log_probability.data(), steps.floor.amateur_log_probability.data()});
  HostSteps on_host{sets};
  for_each_column(floor_columns, [&](const auto& column) {
    if (column.rule != ColumnRule::offsets) {  // which came from the host
      column.member(on_host) = column.member(steps).to_host();
    }
  });
}

std::uint64_t floor_set_bytes(std::uint64_t num_entries) {
  std::uint64_t bytes = 0;
  for_each_column(floor_columns, [&](const auto& column) {
    using Buffer = std::remove_cvref_t<decltype(column.member(std::declval<DeviceSteps&>()))>;
    bytes += sizeof(typename Buffer::value_type) *
             (column.rule == ColumnRule::offsets ? 1 : num_entries);
  });
  return bytes;
}

}  // namespace lightreasoner::contrast
