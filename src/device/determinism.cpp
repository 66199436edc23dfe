// SPDX-License-Identifier: Apache-2.0
#include "device/determinism.hpp"

#include "device/back_end.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <cstdlib>
#include <fmt/format.h>
#include <torch/csrc/api/include/torch/version.h>

namespace lightreasoner::device {
namespace {

/// MKL then gives the same bits for any memory alignment of its operands.
constexpr const char* reproducible_blas = "AUTO,STRICT";

}  // namespace

void set_up_torch(int threads_per_rank) {
  // MKL reads it once, at its first call; a person's own choice stands and is in describe_numerics.
  ::setenv("MKL_CBWR", reproducible_blas, /*overwrite=*/0);
  at::set_num_threads(threads_per_rank);
  // LibTorch allows one call only.
  if (at::get_num_interop_threads() != 1) {
    at::set_num_interop_threads(1);
  }
  auto& context = at::globalContext();
  context.setDeterministicAlgorithms(true, /*warn_only=*/false);
  // Every element is written before it is read here; filling them all first would cost a pass.
  context.setDeterministicFillUninitializedMemory(false);
  context.setAllowTF32CuBLAS(false);
  context.setAllowBF16ReductionCuBLAS(false);
}

std::string describe_numerics(const std::string& architecture) {
  const char* blas = std::getenv("MKL_CBWR");
  std::string on_cpu = fmt::format("libtorch {} cpu {} mkl_cbwr {}", TORCH_VERSION,
                                   at::get_cpu_capability(), blas == nullptr ? "unset" : blas);
  if (architecture == "cpu") return on_cpu;
  const std::string libraries = library_settings();
  return fmt::format("{} device {}{}", on_cpu, architecture,
                     libraries.empty() ? "" : " (" + libraries + ")");
}

}  // namespace lightreasoner::device
