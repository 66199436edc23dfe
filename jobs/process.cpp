// SPDX-License-Identifier: Apache-2.0
#include "process.hpp"

#include "device/determinism.hpp"
#include "parallel/session.hpp"
#include "records/shard.hpp"

namespace lightreasoner::jobs {

Process::Process(const parallel::Communicator& world, const config::RunSection& run) {
  device::set_up_torch(run.threads_per_rank);
  place_ = placement::take_device(world, run.placement);
  kokkos_.emplace(place_.index);
  libraries_ = {{"mpi", parallel::library_version()},
                {"hdf5", records::library_version()},
                {"kokkos", kernels::library_version()},
                {"numerics", device::describe_numerics(place_.architecture)}};
  placement::require_one_kind(world, libraries_.at("numerics"));
}

}  // namespace lightreasoner::jobs
