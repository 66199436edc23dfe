// SPDX-License-Identifier: Apache-2.0
/// What a vendor's runtime is asked by gpu.cpp. Private to the module: cuda.cpp and hip.cpp, of
/// which a build has one.
#pragma once

#include "device/back_end.hpp"

#include <string>
#include <vector>

namespace lightreasoner::device::vendor {

/// The devices that this process may use. Throws UserError where the driver is too old.
[[nodiscard]] std::vector<VisibleDevice> list_devices();

/// "CUDA 13.0": the runtime that this process has loaded.
[[nodiscard]] std::string runtime();

/// Whether code compiled for `compiled` ("sm_90", "gfx90a") runs on a device of `architecture`.
[[nodiscard]] bool runs_on(const std::string& compiled, const std::string& architecture);

/// What the vendor's libraries read once, at their first call, that results depend on. A person's
/// own choice stands.
void set_up_libraries();
/// The same, as it is now; one line.
[[nodiscard]] std::string library_settings();

/// The stream that LibTorch computes on now.
[[nodiscard]] void* current_stream();

/// Whether calls for attention by lengths take the lengths of keys beside their starts.
[[nodiscard]] bool attention_takes_key_lengths();

/// Of the device that is current.
[[nodiscard]] MemoryFigures memory_figures(Device device);

}  // namespace lightreasoner::device::vendor
