// SPDX-License-Identifier: Apache-2.0
/// What a job would do, without doing it.
#pragma once

#include "config/run_config.hpp"
#include "inputs/request.hpp"
#include "parallel/communicator.hpp"

namespace lightreasoner::pipeline {

/// Checks everything open_context would but the bytes of weights, without writing: says what
/// request.job would do with each stage, and which files were not hashed. Throws as open_context.
/// Collective over world.
void dry_run(const parallel::Communicator& world, const inputs::Request& request,
             const config::RunConfig& config);

}  // namespace lightreasoner::pipeline
