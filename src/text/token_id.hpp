// SPDX-License-Identifier: Apache-2.0
/// The integer type of vocabulary ids.
#pragma once

#include <cstdint>

namespace lightreasoner::text {

using TokenId = std::int32_t;

}  // namespace lightreasoner::text
