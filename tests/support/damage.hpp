// SPDX-License-Identifier: Apache-2.0
/// Files as broken hardware and half-done copies leave them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace lightreasoner::testing_support {

/// `bytes` with one to `most` of its first `fragile` ones overwritten and, now and then, its end
/// cut off.
inline std::string damaged(std::string bytes, std::size_t fragile, std::uint32_t most,
                           std::mt19937& random) {
  for (std::uint32_t flips = 1 + random() % most; flips > 0; --flips) {
    bytes[random() % fragile] = static_cast<char>(random());
  }
  if (random() % 8 == 0) bytes.resize(random() % bytes.size());
  return bytes;
}

}  // namespace lightreasoner::testing_support
