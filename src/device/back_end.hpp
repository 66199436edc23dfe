// SPDX-License-Identifier: Apache-2.0
/// What a kind of device provides: one source file each, of which the build links one. The file for
/// the CPU is there always; launch_scope.hpp has the rest of it.
#pragma once

#include <c10/core/Device.h>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lightreasoner::device {

using Device = c10::Device;
inline constexpr c10::DeviceType host = c10::kCPU;

/// A device that this process may use.
struct VisibleDevice {
  std::string name{};          ///< as its vendor calls it
  std::string architecture{};  ///< that its code is compiled for
  std::string bus_id{};        ///< its PCI address, "0000:c1:00.0": where it sits in its node
  std::uint64_t bytes = 0;     ///< of memory
};

/// The devices that this process may use, in the vendor's order; none for the CPU's back-end.
/// Throws UserError where the driver or a device is none that this program was built for.
[[nodiscard]] std::vector<VisibleDevice> visible_devices();

/// Why visible_devices returns none, and what to do about it.
[[nodiscard]] std::string why_none_visible();

/// Makes the device of that index among visible_devices this thread's current one, with what
/// reproducible results ask of it. Must come before any tensor is made there.
[[nodiscard]] Device open_device(std::size_t index);

}  // namespace lightreasoner::device
