// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mock_torch.h"

namespace c10::cuda {
inline mock_torch::Stream getCurrentCUDAStream() { return mock_torch::current_stream(); }
}  // namespace c10::cuda
