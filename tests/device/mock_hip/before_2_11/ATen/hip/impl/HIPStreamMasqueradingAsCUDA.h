// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mock_torch.h"

namespace c10::hip {
inline mock_torch::Stream getCurrentHIPStreamMasqueradingAsCUDA() {
  return mock_torch::current_stream();
}
}  // namespace c10::hip
