// SPDX-License-Identifier: Apache-2.0
/// The evaluation stage's settings.
#pragma once

#include <cstdint>
#include <string>

namespace lightreasoner::evaluation {

struct Config {
  std::string name = "test";       ///< the set's name in scores and tables
  std::uint64_t max_problems = 0;  ///< first problems of the set, 0: all
  std::int64_t max_new_tokens = 128;
  std::uint64_t problems_per_unit = 32;  ///< decoded together; bits depend on it
};

}  // namespace lightreasoner::evaluation
