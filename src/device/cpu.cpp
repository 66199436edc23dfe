// SPDX-License-Identifier: Apache-2.0
/// The back-end whose device is the host itself.
#include "device/launch_scope.hpp"

namespace lightreasoner::device {

void begin_launch() {}
void end_launch() {}

}  // namespace lightreasoner::device
