// SPDX-License-Identifier: Apache-2.0
/// Bytes on the heap of a test program, LibTorch's tensors included.
#pragma once

#include <cstdint>
#include <functional>

namespace lightreasoner::testing_support {

/// The most that was allocated at once while `body` ran, above what was before.
[[nodiscard]] std::uint64_t peak_bytes_of(const std::function<void()>& body);

}  // namespace lightreasoner::testing_support
