// SPDX-License-Identifier: Apache-2.0
#include "device/back_end.hpp"
#include "support/device_under_test.hpp"

namespace lightreasoner::testing_support {

std::optional<device::Device> device_under_test() {
  static const std::optional<device::Device> device =
      device::visible_devices().empty() ? std::nullopt : std::optional(device::open_device(0));
  return device;
}

std::uint64_t bytes_to_host() { return 0; }

}  // namespace lightreasoner::testing_support
