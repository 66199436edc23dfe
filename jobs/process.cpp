// SPDX-License-Identifier: Apache-2.0
#include "process.hpp"

#include "device/determinism.hpp"
#include "parallel/session.hpp"
#include "records/shard.hpp"

namespace lightreasoner::jobs {

Process::Process(int threads_per_rank) {
  device::set_up_torch(threads_per_rank);
  libraries_ = {{"mpi", parallel::library_version()},
                {"hdf5", records::library_version()},
                {"kokkos", contrast::library_version()},
                {"numerics", device::describe_numerics()}};
}

}  // namespace lightreasoner::jobs
