// SPDX-License-Identifier: Apache-2.0
/// Each rank's device, chosen over the ranks of its node.
#pragma once

#include "device/back_end.hpp"
#include "parallel/communicator.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace lightreasoner::placement {

/// automatic is a GPU where every rank sees one, and the CPU where none does.
enum class DeviceKind : std::uint8_t { automatic, cpu, gpu };

struct Config {
  DeviceKind device = DeviceKind::automatic;
  bool share_device = false;  ///< several ranks may compute on one device
};

/// What a rank computes on.
struct Place {
  device::Device device{device::host};
  std::optional<std::size_t> index{};  ///< of the device among those visible; nothing: the CPU
  std::string architecture = "cpu";
  std::string description = "CPU";  ///< for people: the device, and the cores the rank runs on
  /// Of a device's memory, for each of the ranks on it: the least over all ranks, so that plans are
  /// the same. 0: the CPU.
  std::uint64_t device_bytes = 0;
};

/// Chooses by place_ranks and makes the device this rank's current one. Warns once where ranks run
/// on cores far from their device. Throws UserError, agreed: no device where one is asked for, too
/// few to share none, a device on some ranks alone. Collective over world.
[[nodiscard]] Place take_device(const parallel::Communicator& world, const Config& config);

/// Throws UserError, agreed, naming host and kind, unless `numerics` (device::describe_numerics) is
/// the same on all ranks: a unit's bits must not depend on who computes it. Collective over world.
void require_one_kind(const parallel::Communicator& world, const std::string& numerics);

}  // namespace lightreasoner::placement
