// SPDX-License-Identifier: Apache-2.0
/// The jobs: the table that the command line, its help and main read.
#pragma once

#include "arguments.hpp"
#include "config/run_config.hpp"
#include "inputs/request.hpp"
#include "parallel/communicator.hpp"
#include "pipeline/context.hpp"

#include <vector>

namespace lightreasoner::jobs {

/// A job about a run file. Collective over world; throws UserError, agreed, for bad input.
struct RunFileJob {
  run::Job job;
  const char* does;  ///< one line for --help
  void (*start)(const parallel::Communicator& world, const inputs::Request& request,
                const config::RunConfig& config);
};

[[nodiscard]] const std::vector<RunFileJob>& run_file_jobs();

/// A job that looks at a finished run. One rank does it.
struct RunDirectoryJob {
  run::Job job;
  const char* does;  ///< one line for --help
  void (*start)(const Arguments& arguments);
};

[[nodiscard]] const std::vector<RunDirectoryJob>& run_directory_jobs();

/// Runs the stages the request is about; run::Job::run does all and ends with the report.
/// Results lie in the run directory.
void run_stages(const parallel::Communicator& world, const inputs::Request& request,
                const config::RunConfig& config);

/// Prints each stage's memory plan against the budget, the vocabulary the models share and the
/// libraries' versions. Reads no weight, writes nothing. Throws UserError, agreed, when a stage
/// does not fit.
void preflight(const parallel::Communicator& world, const inputs::Request& request,
               const config::RunConfig& config);

/// Writes report.html from what lies in the run directory and prints its table. Reads no weight.
void report(const parallel::Communicator& world, const inputs::Request& request,
            const config::RunConfig& config);
/// The same for a job that holds the run directory already. Collective over the context's world.
void report(pipeline::Context& context);

/// Prints one problem's record in words to standard output. One rank is enough.
void inspect(const Arguments& arguments);
/// Writes the selected steps of a run's records as the JSON Lines of the released Python. One rank
/// is enough.
void export_samples(const Arguments& arguments);

}  // namespace lightreasoner::jobs
