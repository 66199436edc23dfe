// SPDX-License-Identifier: Apache-2.0
#include "support/errors.hpp"

#include <fmt/format.h>
#include <new>

namespace lightreasoner::support {

UserError agreed_error(const std::string& message) {
  UserError error(message);
  error.agreed = true;
  return error;
}

bool is_out_of_memory(const std::exception& error) {
  // LibTorch has no type of its own for it.
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
         std::string_view(error.what()).find("DefaultCPUAllocator") != std::string_view::npos;
}

void require(bool condition, std::string_view message, std::source_location where) {
  if (!condition) {
    throw std::logic_error(fmt::format("{} ({}:{})", message, where.file_name(), where.line()));
  }
}

}  // namespace lightreasoner::support
