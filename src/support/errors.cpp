// SPDX-License-Identifier: Apache-2.0
#include "support/errors.hpp"

#include <fmt/format.h>

namespace lightreasoner::support {

UserError agreed_error(const std::string& message) {
  UserError error(message);
  error.agreed = true;
  return error;
}

void require(bool condition, std::string_view message, std::source_location where) {
  if (!condition) {
    throw std::logic_error(fmt::format("{} ({}:{})", message, where.file_name(), where.line()));
  }
}

}  // namespace lightreasoner::support
