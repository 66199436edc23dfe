// SPDX-License-Identifier: Apache-2.0
/// Process-wide settings of LibTorch that results depend on, and their description.
#pragma once

#include <string>

namespace lightreasoner::device {

/// Must run before any other LibTorch call: fixed thread count, reproducible BLAS, no TF32.
void set_up_torch(int threads_per_rank);

/// What a result's bits depend on besides configuration and inputs: LibTorch version, BLAS
/// reproducibility mode, CPU instruction set. One line of text.
[[nodiscard]] std::string describe_numerics();

}  // namespace lightreasoner::device
