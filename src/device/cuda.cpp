// SPDX-License-Identifier: Apache-2.0
/// NVIDIA's runtime.
#include "device/gpu.hpp"
#include "support/errors.hpp"

#include <ATen/cuda/CUDAContextLight.h>
#include <array>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAStream.h>
#include <cstdlib>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

namespace lightreasoner::device::vendor {
namespace {

using support::UserError;

/// cuBLAS then uses one workspace of one size, and so one way to add, at every call of a shape.
constexpr const char* workspace_variable = "CUBLAS_WORKSPACE_CONFIG";
constexpr const char* one_workspace = ":4096:8";

/// "13.0", from the packed form 13000.
std::string version_in_words(int packed) {
  return fmt::format("{}.{}", packed / 1000, packed % 1000 / 10);
}

void require_success(cudaError_t answer, const char* call) {
  if (answer == cudaSuccess) return;
  throw UserError(fmt::format("{}: {} ({}): see whether nvidia-smi lists this node's devices", call,
                              cudaGetErrorString(answer), cudaGetErrorName(answer)));
}

int driver_version() {
  int version = 0;
  return cudaDriverGetVersion(&version) == cudaSuccess ? version : 0;
}

std::string bus_id_of(int index) {
  std::array<char, 32> text{};
  require_success(cudaDeviceGetPCIBusId(text.data(), text.size(), index), "cudaDeviceGetPCIBusId");
  return text.data();
}

}  // namespace

std::vector<VisibleDevice> list_devices() {
  int count = 0;
  const cudaError_t answer = cudaGetDeviceCount(&count);
  // Without any driver the answer is that it is too old.
  if (answer == cudaErrorNoDevice || driver_version() == 0) return {};
  if (answer == cudaErrorInsufficientDriver) {
    throw UserError(fmt::format(
        "the NVIDIA driver of this node is for CUDA {} at most and this program needs {}: update "
        "the driver, load the site's forward compatibility package, or build with a LibTorch for "
        "an older CUDA",
        version_in_words(driver_version()), runtime()));
  }
  require_success(answer, "cudaGetDeviceCount");
  std::vector<VisibleDevice> devices;
  for (int index = 0; index < count; ++index) {
    // LibTorch's own call, so that no linker leaves out the library whose loading brings CUDA's
    // operators.
    const cudaDeviceProp& properties =
        *at::cuda::getDeviceProperties(static_cast<c10::DeviceIndex>(index));
    devices.push_back({.name = properties.name,
                       .architecture = fmt::format("sm_{}{}", properties.major, properties.minor),
                       .bus_id = bus_id_of(index),
                       .bytes = properties.totalGlobalMem});
  }
  return devices;
}

std::string runtime() {
  int version = 0;
  require_success(cudaRuntimeGetVersion(&version), "cudaRuntimeGetVersion");
  return "CUDA " + version_in_words(version);
}

bool runs_on(const std::string& compiled, const std::string& architecture) {
  // The last digit is the minor version: code runs on devices of its major version from it on.
  return compiled.size() == architecture.size() &&
         compiled.substr(0, compiled.size() - 1) ==
             architecture.substr(0, architecture.size() - 1) &&
         compiled.back() <= architecture.back();
}

void set_up_libraries() { ::setenv(workspace_variable, one_workspace, /*overwrite=*/0); }

std::string library_settings() {
  const char* const workspace = std::getenv(workspace_variable);
  return fmt::format("{}, cublas_workspace {}", runtime(),
                     workspace == nullptr ? "unset" : workspace);
}

bool attention_takes_key_lengths() { return true; }

void* current_stream() { return c10::cuda::getCurrentCUDAStream().stream(); }

MemoryFigures memory_figures(Device device) {
  MemoryFigures figures;
  require_success(cudaMemGetInfo(&figures.free, &figures.total), "cudaMemGetInfo");
  constexpr std::size_t of_all_pools = 0;
  figures.peak =
      static_cast<std::size_t>(c10::cuda::CUDACachingAllocator::getDeviceStats(device.index())
                                   .reserved_bytes.at(of_all_pools)
                                   .peak);
  return figures;
}

}  // namespace lightreasoner::device::vendor
