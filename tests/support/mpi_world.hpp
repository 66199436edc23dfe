// SPDX-License-Identifier: Apache-2.0
/// What an MPI test sees of its world.
#pragma once

#include "parallel/communicator.hpp"

#include <filesystem>

namespace lightreasoner::testing_support {

/// The world of the running test program.
[[nodiscard]] const parallel::Communicator& world();

/// A folder all ranks of the current test share; empty at first, deleted by rank 0 after a barrier
/// at the test's end. Collective over world().
[[nodiscard]] std::filesystem::path shared_folder();

}  // namespace lightreasoner::testing_support
