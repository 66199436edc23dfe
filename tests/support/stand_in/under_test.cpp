// SPDX-License-Identifier: Apache-2.0
#include "support/device_under_test.hpp"
#include "support/stand_in/device.hpp"

namespace lightreasoner::testing_support {

std::optional<device::Device> device_under_test() {
  stand_in::set_up();
  return stand_in::device();
}

std::uint64_t bytes_to_host() { return stand_in::counts().bytes_to_host; }

}  // namespace lightreasoner::testing_support
