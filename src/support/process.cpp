// SPDX-License-Identifier: Apache-2.0
#include "support/process.hpp"

#include <ctime>
#include <fmt/chrono.h>
#include <unistd.h>

namespace lightreasoner::support {

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::string utc_time() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(std::time(nullptr)));
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace lightreasoner::support
