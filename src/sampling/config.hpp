// SPDX-License-Identifier: Apache-2.0
/// The sampling stage's settings.
#pragma once

#include <cstdint>

namespace lightreasoner::sampling {

struct Config {
  std::uint64_t max_problems = 0;        ///< first problems of the set, 0: all
  std::int64_t max_new_tokens = 128;     ///< T of the paper's runs
  std::uint64_t problems_per_unit = 16;  ///< micro-batch; part of the result's identity
  std::int64_t steps_per_chunk = 32;     ///< steps whose logits are held at once
};

/// Throws UserError naming the key.
void validate(const Config& config);

}  // namespace lightreasoner::sampling
