// SPDX-License-Identifier: Apache-2.0
/// The device that tests on a device run on: their objects are linked with the stand-in and, with
/// the label "gpu", with the back-end that the build has.
#pragma once

#include "device/back_end.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <optional>

namespace lightreasoner::testing_support {

/// Opened and current; nothing where there is none.
[[nodiscard]] std::optional<device::Device> device_under_test();

/// The same, or the host where tests are about to be skipped.
[[nodiscard]] inline device::Device there() {
  return device_under_test().value_or(device::Device(device::host));
}

/// What has been copied from the device to the host so far, in bytes. 0 of a GPU, which does not
/// count.
[[nodiscard]] std::uint64_t bytes_to_host();

/// For SetUp.
inline void skip_without_device() {
  if (!device_under_test()) GTEST_SKIP() << "skipped: no device";
}

}  // namespace lightreasoner::testing_support
