// SPDX-License-Identifier: Apache-2.0
#include "device/out_of_memory.hpp"

#include <c10/util/Exception.h>
#include <new>
#include <string_view>

namespace lightreasoner::device {

bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
      dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) {
    return true;
  }
  // LibTorch's allocators of device memory throw its type for it, that of the CPU a plain
  // c10::Error which only its text tells from others.
  const auto* const torch_error = dynamic_cast<const c10::Error*>(&error);
  return torch_error != nullptr &&
         std::string_view(torch_error->what()).find("DefaultCPUAllocator: can't allocate memory") !=
             std::string_view::npos;
}

}  // namespace lightreasoner::device
