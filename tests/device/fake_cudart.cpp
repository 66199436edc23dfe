// SPDX-License-Identifier: Apache-2.0
/// Loaded before NVIDIA's runtime: a node that the environment makes up. FAKE_CUDA_DRIVER is the
/// driver's version, packed (12040), FAKE_CUDA_DEVICES how many devices of compute capability 9.0
/// there are.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cuda_runtime_api.h>

namespace {

int number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? 0 : std::atoi(text);
}

}  // namespace

extern "C" {

cudaError_t cudaDriverGetVersion(int* version) {
  *version = number_in("FAKE_CUDA_DRIVER");
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = number_in("FAKE_CUDA_DEVICES");
  if (number_in("FAKE_CUDA_DRIVER") < CUDART_VERSION) return cudaErrorInsufficientDriver;
  return *count > 0 ? cudaSuccess : cudaErrorNoDevice;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int /*device*/) {
  *properties = {};
  std::strcpy(properties->name, "NVIDIA H100");
  properties->major = 9;
  properties->totalGlobalMem = std::size_t{80} << 30;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetPCIBusId(char* id, int length, int device) {
  std::snprintf(id, static_cast<std::size_t>(length), "0000:C%d:00.0", device + 1);
  return cudaSuccess;
}
}
