// SPDX-License-Identifier: Apache-2.0
/// Work that all ranks succeed in or none: one rank's failure becomes everybody's, and no hang.
#pragma once

#include "parallel/communicator.hpp"

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

namespace lightreasoner::parallel {

/// A failure that is no person's mistake, on the rank that its text names.
struct FailureOfRank : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Runs `work` on every rank; when it throws on any of them, all ranks throw the lowest failing
/// rank's error: a UserError marked as agreed (a filesystem_error becomes one), std::bad_alloc
/// where device::is_out_of_memory, FailureOfRank for other causes. This is how one rank's bad
/// input becomes one message and no hang. `work` must not be collective. Collective over comm.
void run_together(const Communicator& comm, const std::function<void()>& work);

/// The same where rank 0 alone has something to do, and nobody needs what comes of it.
void run_on_root(const Communicator& comm, const std::function<void()>& work);

/// Runs `read` on rank 0 and gives every rank what it returned: anything that can be broadcast.
/// Ranks that looked for themselves could see different files and part ways. Errors are agreed.
/// Collective over comm.
template <typename Read>
[[nodiscard]] auto from_root(const Communicator& comm, const Read& read) {
  decltype(read()) value{};
  run_on_root(comm, [&] { value = read(); });
  return broadcast(comm, std::move(value));
}

/// The bytes of a file that rank 0 alone reads. Errors are agreed. Collective over comm.
[[nodiscard]] std::string read_file_once(const Communicator& comm, const std::string& path);

}  // namespace lightreasoner::parallel
