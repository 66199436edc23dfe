// SPDX-License-Identifier: Apache-2.0
/// What is set up once a process, in main, before a job that computes.
#pragma once

#include "config/run_config.hpp"
#include "kernels/runtime.hpp"
#include "parallel/communicator.hpp"
#include "placement/take_device.hpp"

#include <map>
#include <optional>
#include <string>

namespace lightreasoner::jobs {

/// LibTorch's threads and determinism, this rank's device, and Kokkos on it, which goes down with
/// it. MPI was there before.
class Process {
 public:
  /// Must come before any other LibTorch call. Throws UserError, agreed, as placement::take_device
  /// and placement::require_one_kind. Collective over world.
  Process(const parallel::Communicator& world, const config::RunSection& run);

  [[nodiscard]] const placement::Place& place() const { return place_; }

  /// Versions of the libraries that results or files depend on, by name; "numerics" is what bits
  /// depend on. Jobs get them in their request.
  [[nodiscard]] const std::map<std::string, std::string>& libraries() const { return libraries_; }

 private:
  placement::Place place_;
  std::optional<kernels::Runtime> kokkos_;
  std::map<std::string, std::string> libraries_;
};

}  // namespace lightreasoner::jobs
