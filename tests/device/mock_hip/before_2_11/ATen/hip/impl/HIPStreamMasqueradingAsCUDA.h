// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mock_torch.h"

namespace c10::hip {
inline mock_torch::Stream getCurrentHIPStreamMasqueradingAsCUDA() { return {}; }
}  // namespace c10::hip
