// SPDX-License-Identifier: Apache-2.0
/// What is set up once a process, in main, and passed to the jobs that compute.
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

 private:
  contrast::Runtime kokkos_;
};

/// Versions of the libraries that results or files depend on, by name; "numerics" is what bits
/// depend on. Asked while a Process lives.
[[nodiscard]] std::map<std::string, std::string> library_versions();

}  // namespace lightreasoner::jobs
