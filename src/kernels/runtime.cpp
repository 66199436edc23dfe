// SPDX-License-Identifier: Apache-2.0
#include "kernels/runtime.hpp"

#include "kernels/execution.hpp"

#include <algorithm>
#include <cstdlib>
#include <list>

namespace lightreasoner::kernels {
namespace {

struct Instance {
  void* stream;
  Space space;
};

/// Where each stays while others come. (No map: Clang 15 crashes on one of such a space.)
std::list<Instance>& instances() {
  static std::list<Instance> all;
  return all;
}

}  // namespace

Runtime::Runtime(std::optional<std::size_t> device_index) {
  // The one way to say it that every version has.
  if (device_index) ::setenv("KOKKOS_DEVICE_ID", std::to_string(*device_index).c_str(), 1);
  Kokkos::initialize();
}

Runtime::~Runtime() {
  instances().clear();
  Kokkos::finalize();
}

const Space& instance_of(const device::LaunchScope& scope) {
  std::list<Instance>& all = instances();
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const Instance& one) { return one.stream == scope.stream(); });
  return found != all.end()
             ? found->space
             : all.emplace_back(Instance{scope.stream(), make_instance(scope.stream())}).space;
}

std::string library_version() {
  return std::to_string(KOKKOS_VERSION / 10000) + "." + std::to_string(KOKKOS_VERSION / 100 % 100) +
         "." + std::to_string(KOKKOS_VERSION % 100);
}

}  // namespace lightreasoner::kernels
