// SPDX-License-Identifier: Apache-2.0
#include "parallel/session.hpp"

#include "device/out_of_memory.hpp"
#include "logging/log.hpp"
#include "parallel/together.hpp"
#include "support/errors.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <string_view>

namespace lightreasoner::parallel {
namespace {

MPI_Comm initialise(int& argc, char**& argv) {
  // Open MPI's shared file pointers by lock file, which nobody here uses, write the file's name
  // into 256 characters, and a longer one ends the process. Other MPIs do not look at this.
  ::setenv("OMPI_MCA_sharedfp", "^lockedfile", 0);
  int provided = MPI_THREAD_SINGLE;
  check_mpi(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided));
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
  support::require(provided >= MPI_THREAD_FUNNELED, "this MPI has no MPI_THREAD_FUNNELED");
  return MPI_COMM_WORLD;
}

/// One whole line on standard error: parts of lines from several ranks would be mixed.
void print_error(const std::string& line) {
  std::fputs((line + "\n").c_str(), stderr);
  std::fflush(stderr);
}

std::string named(const Communicator& world, const std::string& cause) {
  return fmt::format("rank {} of {}: {}", world.rank(), world.num_ranks(), cause);
}

[[noreturn]] void abort_job(const Communicator& world, const std::string& cause,
                            support::ExitCode code) {
  print_error(cause);
  MPI_Abort(world.handle(), static_cast<int>(code));
  std::terminate();
}

}  // namespace

Session::Session(int& argc, char**& argv) : world_(initialise(argc, argv)) {}

Session::~Session() {
  // The communicator must be given back before MPI goes down.
  { const Communicator last = std::move(world_); }
  MPI_Finalize();
}

std::string library_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = {};
  int length = 0;
  check_mpi(MPI_Get_library_version(text, &length));
  const std::string version(text, static_cast<std::size_t>(length));
  return version.substr(0, version.find(','));
}

void warn_of_lone_rank(const Communicator& world) {
  const char* tasks = std::getenv("SLURM_NTASKS");
  const char* task = std::getenv("SLURM_PROCID");
  const bool is_first = task == nullptr || std::string_view(task) == "0";
  if (world.num_ranks() > 1 || tasks == nullptr || std::atoi(tasks) < 2 || !is_first) {
    return;
  }
  logging::warn(
      "SLURM_NTASKS is {}, but this job runs on one rank by itself; start it by "
      "`srun --mpi=pmix lightreasoner ...` (srun --mpi=list tells what there is), or by "
      "`mpirun lightreasoner ...`",
      tasks);
}

int run_guarded(const Communicator& world, const std::function<int()>& body) {
  try {
    return body();
  } catch (const support::UserError& error) {
    if (!error.agreed && world.num_ranks() > 1) {
      abort_job(world, named(world, error.what()), support::ExitCode::user_error);
    }
    if (world.is_root()) {
      print_error(fmt::format("error: {}", error.what()));
    }
    return static_cast<int>(support::ExitCode::user_error);
  } catch (const FailureOfRank& error) {
    abort_job(world, error.what(), support::ExitCode::failure);
  } catch (const std::exception& error) {
    const char* cause =
        device::is_out_of_memory(error)
            ? "out of memory before or between stages: start fewer ranks on a node, or smaller "
              "models; `lightreasoner preflight` shows what each stage takes"
            : error.what();
    abort_job(world, named(world, cause), support::ExitCode::failure);
  }
}

}  // namespace lightreasoner::parallel
