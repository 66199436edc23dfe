// SPDX-License-Identifier: Apache-2.0
/// Which device of its node each rank computes on.
#pragma once

#include "placement/cores.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace lightreasoner::placement {

/// A device as placing needs it.
struct SeenDevice {
  std::string bus_id;  ///< one of its own in the node
  int numa_node = unknown_numa_node;
};

/// What a rank may compute on, and where it runs.
struct RankView {
  std::vector<SeenDevice> devices{};
  /// The NUMA node of its cores; unknown where they lie on several.
  int numa_node = unknown_numa_node;
};

/// Whether the two are on one NUMA node, or may be.
[[nodiscard]] bool is_near(const RankView& rank, const SeenDevice& device);

/// For each rank of a node, in rank order, the index of its device among those that it sees. No two
/// ranks have one device as long as there are enough; as many as can be are near theirs; else the
/// order of ranks is that of devices. Where there are too few, ranks share them evenly if `share`.
/// Throws UserError if not. Each rank must see a device. Ranks may see different ones, or the same
/// in another order.
[[nodiscard]] std::vector<std::size_t> place_ranks(const std::vector<RankView>& node, bool share);

}  // namespace lightreasoner::placement
