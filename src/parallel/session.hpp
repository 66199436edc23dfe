// SPDX-License-Identifier: Apache-2.0
/// MPI's life time, and the one place where a failing rank ends the job.
#pragma once

#include "parallel/communicator.hpp"

#include <functional>
#include <string>

namespace lightreasoner::parallel {

/// Initialises MPI (MPI_THREAD_FUNNELED) with errors returned, finalizes in the destructor.
class Session {
 public:
  Session(int& argc, char**& argv);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const Communicator& world() const { return world_; }

 private:
  Communicator world_;
};

/// MPI's own name and version, as the running library tells it.
[[nodiscard]] std::string library_version();

/// Warns, in one task alone, where Slurm has given several tasks and MPI joins none of them: each
/// would then do the whole job by itself.
void warn_of_lone_rank(const Communicator& world);

/// Runs `body` and turns its outcome into an exit code. An agreed UserError is printed once and
/// returned as 2 on every rank. Anything else is printed as "rank 3 of 8: ..." and ends all ranks
/// by MPI_Abort within seconds: the other ranks may be waiting for this one.
int run_guarded(const Communicator& world, const std::function<int()>& body);

}  // namespace lightreasoner::parallel
