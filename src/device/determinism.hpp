// SPDX-License-Identifier: Apache-2.0
/// Process-wide settings of LibTorch that results depend on, and their description.
#pragma once

#include <string>

namespace lightreasoner::device {

/// Must run before any other LibTorch call: fixed thread count, reproducible BLAS, no TF32.
void set_up_torch(int threads_per_rank);

/// What a result's bits depend on besides configuration and inputs: LibTorch version, BLAS
/// reproducibility mode, CPU instruction set, and the architecture of the device, "cpu" where it is
/// the CPU itself. One line of text.
[[nodiscard]] std::string describe_numerics(const std::string& architecture);

}  // namespace lightreasoner::device
