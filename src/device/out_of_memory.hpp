// SPDX-License-Identifier: Apache-2.0
/// Telling an allocation that failed from other errors.
#pragma once

#include <exception>

namespace lightreasoner::device {

/// Whether `error` says that an allocation failed, in the C++ library or in LibTorch.
[[nodiscard]] bool is_out_of_memory(const std::exception& error);

}  // namespace lightreasoner::device
