// SPDX-License-Identifier: Apache-2.0
/// The two kinds of failure this program knows, and how each becomes an exit code.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lightreasoner::support {

/// Exit codes of the program; scripts may rely on the numbers.
enum class ExitCode : int { done = 0, failure = 1, user_error = 2 };

/// A mistake of the person who started the job: the message names file, line or key, the value
/// found, and the way out. parallel::run_guarded turns it into exit code 2.
struct UserError : std::runtime_error {
  explicit UserError(const std::string& message) : std::runtime_error(message) {}
  /// True once all ranks are known to throw the same message, so that the job can end in order
  /// instead of by MPI_Abort.
  bool agreed = false;
};

/// The error, with `agreed` set, of what every rank finds by itself at one place in equal data.
[[nodiscard]] UserError agreed_error(const std::string& message);

/// Throws std::logic_error with the caller's place when `condition` is false. For our own bugs,
/// never for input.
void require(bool condition, std::string_view message,
             std::source_location where = std::source_location::current());

}  // namespace lightreasoner::support
