// SPDX-License-Identifier: Apache-2.0
#include "kernels/runtime.hpp"

#include "kernels/execution.hpp"

#include <cstdlib>
#include <map>

namespace lightreasoner::kernels {
namespace {

std::map<void*, Space>& instances() {
  static std::map<void*, Space> by_stream;
  return by_stream;
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
  const auto found = instances().find(scope.stream());
  return found != instances().end()
             ? found->second
             : instances().emplace(scope.stream(), make_instance(scope.stream())).first->second;
}

std::string library_version() {
  return std::to_string(KOKKOS_VERSION / 10000) + "." + std::to_string(KOKKOS_VERSION / 100 % 100) +
         "." + std::to_string(KOKKOS_VERSION % 100);
}

}  // namespace lightreasoner::kernels
