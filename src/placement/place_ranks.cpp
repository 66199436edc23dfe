// SPDX-License-Identifier: Apache-2.0
#include "placement/place_ranks.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace lightreasoner::placement {
namespace {

/// Ranks and the devices that they have to themselves: a matching of the two sides of a graph,
/// whose edges are "sees", grown by augmenting paths (Kuhn's algorithm).
class Matching {
 public:
  explicit Matching(const std::vector<RankView>& node) : node_(node) {}

  /// Gives `rank` a device, if need be by moving others to another of theirs. False where that
  /// cannot be; nothing has changed then. A rank that has one keeps it or gets another.
  bool add(std::size_t rank, bool near_alone) {
    std::set<std::string> tried;
    return find(rank, near_alone, tried);
  }

  /// The bus id of the rank's device.
  [[nodiscard]] std::optional<std::string> device_of(std::size_t rank) const {
    for (const auto& [bus_id, holder] : holders_) {
      if (holder == rank) return bus_id;
    }
    return std::nullopt;
  }

 private:
  bool find(std::size_t rank, bool near_alone, std::set<std::string>& tried) {
    const RankView& view = node_[rank];
    const auto may_have = [&](const SeenDevice& device) {
      return !near_alone || is_near(view, device);
    };
    // A free one first, so that order is kept where nobody has to move.
    for (const SeenDevice& device : view.devices) {
      if (may_have(device) && holders_.emplace(device.bus_id, rank).second) return true;
    }
    for (const SeenDevice& device : view.devices) {
      if (!may_have(device) || !tried.insert(device.bus_id).second) continue;
      if (find(holders_.at(device.bus_id), near_alone, tried)) {
        holders_[device.bus_id] = rank;
        return true;
      }
    }
    return false;
  }

  const std::vector<RankView>& node_;
  std::map<std::string, std::size_t> holders_;  ///< by bus id
};

std::size_t count_devices(const std::vector<RankView>& node) {
  std::set<std::string> ids;
  for (const RankView& rank : node) {
    for (const SeenDevice& device : rank.devices) ids.insert(device.bus_id);
  }
  return ids.size();
}

/// The device that the fewest ranks have, and of those a near one.
std::size_t least_used(const RankView& rank, const std::map<std::string, std::size_t>& users) {
  const auto cost = [&](const SeenDevice& device) {
    const auto found = users.find(device.bus_id);
    return std::pair(found == users.end() ? 0 : found->second, !is_near(rank, device));
  };
  const auto best = std::min_element(
      rank.devices.begin(), rank.devices.end(),
      [&](const SeenDevice& left, const SeenDevice& right) { return cost(left) < cost(right); });
  return static_cast<std::size_t>(best - rank.devices.begin());
}

}  // namespace

bool is_near(const RankView& rank, const SeenDevice& device) {
  return rank.numa_node == device.numa_node || rank.numa_node == unknown_numa_node ||
         device.numa_node == unknown_numa_node;
}

std::vector<std::size_t> place_ranks(const std::vector<RankView>& node, bool share) {
  Matching matching(node);
  std::vector<std::size_t> left;
  for (std::size_t rank = 0; rank < node.size(); ++rank) {
    if (!matching.add(rank, /*near_alone=*/true)) left.push_back(rank);
  }
  std::erase_if(left, [&](std::size_t rank) { return matching.add(rank, /*near_alone=*/false); });
  if (!left.empty() && !share) {
    throw support::UserError(fmt::format(
        "{} ranks of a node and {} devices for them: start no more ranks on a node than it has "
        "devices (srun --ntasks-per-node), or set run.share_device = true",
        node.size(), count_devices(node)));
  }
  std::vector<std::size_t> places(node.size());
  std::map<std::string, std::size_t> users;
  for (std::size_t rank = 0; rank < node.size(); ++rank) {
    const std::optional<std::string> own = matching.device_of(rank);
    if (!own) continue;
    const auto& devices = node[rank].devices;
    places[rank] = static_cast<std::size_t>(
        std::find_if(devices.begin(), devices.end(),
                     [&](const SeenDevice& device) { return device.bus_id == *own; }) -
        devices.begin());
    users[*own] = 1;
  }
  for (const std::size_t rank : left) {
    places[rank] = least_used(node[rank], users);
    ++users[node[rank].devices[places[rank]].bus_id];
  }
  return places;
}

}  // namespace lightreasoner::placement
