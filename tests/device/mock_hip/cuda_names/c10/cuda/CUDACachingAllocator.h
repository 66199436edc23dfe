// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mock_torch.h"

namespace c10::cuda::CUDACachingAllocator {
inline mock_torch::DeviceStats getDeviceStats(int index) { return mock_torch::stats_of(index); }
}  // namespace c10::cuda::CUDACachingAllocator
