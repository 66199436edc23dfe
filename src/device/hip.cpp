// SPDX-License-Identifier: Apache-2.0
/// AMD's runtime. LibTorch's names for its streams and memory moved twice: classes that masquerade
/// as CUDA's before 2.11; CUDA's own names from then on, in headers of either name.
#include "device/gpu.hpp"
#include "support/errors.hpp"

#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <hip/hip_runtime_api.h>
#include <torch/csrc/api/include/torch/version.h>

#if TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 11
#include <ATen/hip/impl/HIPStreamMasqueradingAsCUDA.h>
#include <c10/hip/HIPCachingAllocator.h>
namespace lightreasoner::device::vendor::torch_names {
using c10::hip::HIPCachingAllocator::getDeviceStats;
inline hipStream_t current_stream() {
  return c10::hip::getCurrentHIPStreamMasqueradingAsCUDA().stream();
}
}  // namespace lightreasoner::device::vendor::torch_names
#else
#if __has_include(<c10/hip/HIPStream.h>)
#include <c10/hip/HIPCachingAllocator.h>
#include <c10/hip/HIPStream.h>
#else
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAStream.h>
#endif
namespace lightreasoner::device::vendor::torch_names {
using c10::cuda::CUDACachingAllocator::getDeviceStats;
inline hipStream_t current_stream() { return c10::cuda::getCurrentCUDAStream().stream(); }
}  // namespace lightreasoner::device::vendor::torch_names
#endif

namespace lightreasoner::device::vendor {
namespace {

using support::UserError;

/// rocBLAS then adds no partial sums in the order in which they happen to be ready.
constexpr const char* atomics_variable = "ROCBLAS_DEFAULT_ATOMICS_MODE";
constexpr const char* no_atomics = "0";

void require_success(hipError_t answer, const char* call) {
  if (answer == hipSuccess) return;
  throw UserError(fmt::format("{}: {} ({}): see whether rocm-smi lists this node's devices", call,
                              hipGetErrorString(answer), hipGetErrorName(answer)));
}

std::string bus_id_of(int index) {
  std::array<char, 32> text{};
  require_success(hipDeviceGetPCIBusId(text.data(), static_cast<int>(text.size()), index),
                  "hipDeviceGetPCIBusId");
  return text.data();
}

/// "gfx90a" of "gfx90a:sramecc+:xnack-".
std::string processor(const std::string& name) { return name.substr(0, name.find(':')); }

}  // namespace

std::vector<VisibleDevice> list_devices() {
  int count = 0;
  const hipError_t answer = hipGetDeviceCount(&count);
  if (answer == hipErrorNoDevice) return {};
  if (answer == hipErrorInsufficientDriver) {
    throw UserError(fmt::format(
        "the amdgpu driver of this node is too old for this program's {}: update the driver, or "
        "build with a LibTorch for an older ROCm",
        runtime()));
  }
  require_success(answer, "hipGetDeviceCount");
  std::vector<VisibleDevice> devices;
  for (int index = 0; index < count; ++index) {
    hipDeviceProp_t properties{};
    require_success(hipGetDeviceProperties(&properties, index), "hipGetDeviceProperties");
    devices.push_back({.name = properties.name,
                       .architecture = processor(properties.gcnArchName),
                       .bus_id = bus_id_of(index),
                       .bytes = properties.totalGlobalMem});
  }
  return devices;
}

std::string runtime() {
  int version = 0;
  require_success(hipRuntimeGetVersion(&version), "hipRuntimeGetVersion");
  constexpr int major = 10'000'000;
  constexpr int minor = 100'000;
  return fmt::format("ROCm {}.{}", version / major, version % major / minor);
}

bool runs_on(const std::string& compiled, const std::string& architecture) {
  return processor(compiled) == architecture;
}

void set_up_libraries() { ::setenv(atomics_variable, no_atomics, /*overwrite=*/0); }

std::string library_settings() {
  const char* const atomics = std::getenv(atomics_variable);
  return fmt::format("{}, rocblas_atomics {}", runtime(), atomics == nullptr ? "unset" : atomics);
}

// Refused before AOTriton 0.12, which no header tells.
bool attention_takes_key_lengths() { return false; }

void* current_stream() { return torch_names::current_stream(); }

MemoryFigures memory_figures(Device device) {
  MemoryFigures figures;
  require_success(hipMemGetInfo(&figures.free, &figures.total), "hipMemGetInfo");
  constexpr std::size_t of_all_pools = 0;
  figures.peak = static_cast<std::size_t>(
      torch_names::getDeviceStats(device.index()).reserved_bytes.at(of_all_pools).peak);
  return figures;
}

}  // namespace lightreasoner::device::vendor
