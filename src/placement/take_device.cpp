// SPDX-License-Identifier: Apache-2.0
#include "placement/take_device.hpp"

#include "logging/log.hpp"
#include "parallel/together.hpp"
#include "placement/cores.hpp"
#include "placement/place_ranks.hpp"
#include "support/errors.hpp"
#include "support/json.hpp"
#include "support/process.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <vector>

namespace lightreasoner::placement {
namespace {

using nlohmann::json;
using support::UserError;

std::string encode(const RankView& view) {
  json devices = json::array();
  for (const SeenDevice& device : view.devices) {
    devices.push_back({{"bus_id", device.bus_id}, {"numa_node", device.numa_node}});
  }
  return json{{"numa_node", view.numa_node}, {"devices", devices}}.dump();
}

RankView decode(const std::string& text) {
  const json view = json::parse(text);
  RankView decoded;
  decoded.numa_node = view.at("numa_node").get<int>();
  for (const json& device : view.at("devices")) {
    decoded.devices.push_back(
        {device.at("bus_id").get<std::string>(), device.at("numa_node").get<int>()});
  }
  return decoded;
}

/// One text of each rank on all ranks, in rank order. Collective.
std::vector<std::string> all_gather(const parallel::Communicator& comm, const std::string& text) {
  return parallel::broadcast(comm, parallel::gather(comm, text));
}

/// Whether the ranks compute on devices: all, or none. Collective.
bool all_see_devices(const parallel::Communicator& world, const Config& config,
                     const RankView& own) {
  const std::vector<std::string> blind =
      all_gather(world, own.devices.empty() ? support::host_name() : "");
  const auto without = std::find_if(blind.begin(), blind.end(),
                                    [](const std::string& host) { return !host.empty(); });
  const bool none = std::find(blind.begin(), blind.end(), "") == blind.end();
  parallel::run_together(world, [&] {
    if (without == blind.end() || (none && config.device != DeviceKind::gpu)) return;
    const std::string rank =
        fmt::format("rank {} on {} sees no device", without - blind.begin(), *without);
    if (none) {
      throw UserError(
          fmt::format("run.device = \"gpu\": {}: {}", rank, device::why_none_visible()));
    }
    throw UserError(fmt::format(
        "{}, and others see one: give the job's nodes their devices (srun --gpus-per-node), or set "
        "run.device = \"cpu\"",
        rank));
  });
  return !none;
}

/// Its part of the device that this rank of a node takes, in bytes; on every rank the least of all.
/// Collective.
std::uint64_t share_of(const parallel::Communicator& world, const parallel::Communicator& node,
                       const device::VisibleDevice& device) {
  const std::vector<std::string> taken = all_gather(node, device.bus_id);
  const auto users =
      static_cast<std::uint64_t>(std::count(taken.begin(), taken.end(), device.bus_id));
  const std::vector<std::uint64_t> shares = parallel::all_gather(world, device.bytes / users);
  return *std::min_element(shares.begin(), shares.end());
}

/// Binding is the launcher's business, and half of a machine's bandwidth: said once. Collective.
void warn_of_far_cores(const parallel::Communicator& world, const RankView& own,
                       const SeenDevice& device) {
  const std::vector<std::string> far = all_gather(
      world,
      is_near(own, device)
          ? ""
          : fmt::format("on {} runs on cores of NUMA node {} and computes on device {} at "
                        "node {}",
                        support::host_name(), own.numa_node, device.bus_id, device.numa_node));
  const auto first =
      std::find_if(far.begin(), far.end(), [](const std::string& text) { return !text.empty(); });
  if (first != far.end()) {
    logging::warn(
        "rank {} {}{}: bind ranks to the cores near their devices (srun "
        "--gpu-bind=closest, or --cpu-bind by the machine's map)",
        first - far.begin(), *first,
        far.size() - static_cast<std::size_t>(std::count(far.begin(), far.end(), "")) > 1
            ? ", and others like it"
            : "");
  }
}

}  // namespace

Place take_device(const parallel::Communicator& world, const Config& config) {
  const std::set<int> cores = own_cores();
  const std::string where = fmt::format("cores {}", format_cores(cores));
  Place place{.description = "CPU, " + where};
  if (config.device == DeviceKind::cpu) return place;
  // 1. What each rank sees.
  std::vector<device::VisibleDevice> visible;
  RankView own{.numa_node = numa_node_of(cores)};
  parallel::run_together(world, [&] {
    visible = device::visible_devices();
    for (const device::VisibleDevice& device : visible) {
      own.devices.push_back({device.bus_id, numa_node_of_device(device.bus_id)});
    }
  });
  if (!all_see_devices(world, config, own)) return place;
  // 2. One for each, over the ranks of a node.
  const parallel::Communicator node = parallel::split_by_node(world);
  std::vector<RankView> views;
  for (const std::string& text : all_gather(node, encode(own))) views.push_back(decode(text));
  parallel::run_together(world, [&] {
    const std::size_t index =
        place_ranks(views, config.share_device).at(static_cast<std::size_t>(node.rank()));
    const device::VisibleDevice& device = visible.at(index);
    place = {device::open_device(index), index, device.architecture,
             fmt::format("{} ({}) {}, {}", device.name, device.architecture, device.bus_id, where)};
  });
  place.device_bytes = share_of(world, node, visible.at(place.index.value()));
  warn_of_far_cores(world, own, own.devices.at(place.index.value()));
  return place;
}

void require_one_kind(const parallel::Communicator& world, const std::string& numerics) {
  const std::vector<std::string> kinds = all_gather(world, numerics);
  const std::vector<std::string> hosts = all_gather(world, support::host_name());
  parallel::run_together(world, [&] {
    const auto other = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const std::string& kind) { return kind != kinds[0]; });
    if (other == kinds.end()) return;
    const auto rank = static_cast<std::size_t>(other - kinds.begin());
    throw UserError(fmt::format(
        "rank 0 on {} computes with {}, rank {} on {} with {}: results would depend on which rank "
        "computes what; start the job on nodes of one kind",
        hosts[0], kinds[0], rank, hosts[rank], *other));
  });
}

}  // namespace lightreasoner::placement
