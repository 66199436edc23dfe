// SPDX-License-Identifier: Apache-2.0
/// What a user sees who may not read everything, as root may.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace lightreasoner::testing_support {

/// What `say` returns, up to 4096 bytes, in a process of a user who is not root.
template <typename Say>
std::string as_nobody(const Say& say) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool is_nobody = ::geteuid() != 0 || ::setuid(65534) == 0;
    const std::string message = is_nobody ? say() : "still root";
    const ssize_t written = ::write(ends[1], message.data(), message.size());
    ::_exit(written == std::ssize(message) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string message(4096, '\0');
  const ssize_t count = ::read(ends[0], message.data(), message.size());
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  return message.substr(0, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
}

}  // namespace lightreasoner::testing_support
