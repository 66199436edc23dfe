// SPDX-License-Identifier: Apache-2.0
/// Samples made in memory.
#pragma once

#include "examples/example.hpp"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace lightreasoner::testing_support {

/// Samples of one trajectory, the longest of so many tokens.
inline examples::ExampleSet made_up_examples(std::size_t count, std::uint32_t length) {
  examples::ExampleSet set;
  std::vector<std::int32_t> trajectory(length);
  std::iota(trajectory.begin(), trajectory.end(), 3);
  set.trajectories.push_back(trajectory);
  for (std::size_t i = 0; i < count; ++i) {
    set.examples.push_back({0, length - static_cast<std::uint32_t>(i % 3)});
    set.label_ids.insert(set.label_ids.end(), {5, 6});
    set.label_weights.insert(set.label_weights.end(), {0.25F, 0.75F});
    set.label_offsets.push_back(set.label_ids.size());
  }
  return set;
}

}  // namespace lightreasoner::testing_support
