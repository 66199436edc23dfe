// SPDX-License-Identifier: Apache-2.0
/// Which projections an adapter_config.json means. Private to the module.
#pragma once

#include "lora/config.hpp"
#include "support/json.hpp"

#include <cstdint>

namespace lightreasoner::lora {

/// The projections that "target_modules" without "exclude_modules" means in every layer. Throws
/// UserError where it means one in some layers only, or none at all.
[[nodiscard]] TargetModules parse_target_modules(const support::JsonSection& file,
                                                 std::int64_t num_layers);

}  // namespace lightreasoner::lora
