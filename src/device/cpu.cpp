// SPDX-License-Identifier: Apache-2.0
/// The back-end whose device is the host itself.
#include "device/back_end.hpp"
#include "device/launch_scope.hpp"

namespace lightreasoner::device {

std::vector<VisibleDevice> visible_devices() { return {}; }

std::string why_none_visible() {
  return "this program was built for the CPU alone; docs/devices.md tells how to build it for a "
         "GPU";
}

Device open_device(std::size_t /*index*/) { return Device(host); }

std::string library_settings() { return {}; }
bool pins_memory() { return false; }
MemoryFigures memory_figures(Device /*device*/) { return {}; }

AttentionCalls attention_calls(Device /*device*/, c10::ScalarType /*type*/,
                               std::int64_t /*head_dim*/) {
  return {};
}

void* begin_launch() { return nullptr; }
void end_launch() {}

}  // namespace lightreasoner::device
