// SPDX-License-Identifier: Apache-2.0
/// What is set up once a process, in main, before a job that computes.
#pragma once

#include "contrast/contrast_steps.hpp"

#include <map>
#include <string>

namespace lightreasoner::jobs {

/// LibTorch's threads and determinism, and Kokkos, which goes down with it. MPI was there before.
class Process {
 public:
  /// Must come before any other LibTorch call.
  explicit Process(int threads_per_rank);

  /// Versions of the libraries that results or files depend on, by name; "numerics" is what bits
  /// depend on. Jobs get them in their request.
  [[nodiscard]] const std::map<std::string, std::string>& libraries() const { return libraries_; }

 private:
  contrast::Runtime kokkos_;
  std::map<std::string, std::string> libraries_;
};

}  // namespace lightreasoner::jobs
