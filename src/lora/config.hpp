// SPDX-License-Identifier: Apache-2.0
/// The adapter's settings and what they may be; defaults are the paper's.
#pragma once

#include "support/range.hpp"
#include "weights/tensor_list.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lightreasoner::lora {

using TargetModules = std::vector<weights::Projection>;

struct Config {
  std::filesystem::path start_from = {};  ///< PEFT folder of the first adapter; empty: a fresh one
  std::int64_t rank = 8;
  double lora_alpha = 16.0;
  double dropout = 0.05;
  TargetModules target_modules{weights::Projection::q_proj, weights::Projection::v_proj};
};

/// What the numbers may be, in a run file and in adapter_config.json.
inline constexpr support::Range rank_range = support::between(1, 1 << 20);
inline constexpr support::Range alpha_range = support::above(0, 1e6);
inline constexpr support::Range dropout_range = support::below(0, 1);

/// The projections of these names, in their order. Throws UserError, which begins with a verb,
/// where there are none, or one is no projection's or stands twice.
[[nodiscard]] TargetModules parse_target_modules(const std::vector<std::string>& names);
[[nodiscard]] std::vector<std::string> names_of(const TargetModules& modules);

}  // namespace lightreasoner::lora
