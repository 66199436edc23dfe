// SPDX-License-Identifier: Apache-2.0
/// lightreasoner JOB ...: reads the command line, sets the process up and starts the job.
#include "arguments.hpp"
#include "inputs/inputs.hpp"
#include "jobs.hpp"
#include "logging/log.hpp"
#include "logging/progress.hpp"
#include "parallel/session.hpp"
#include "parallel/together.hpp"
#include "pipeline/dry_run.hpp"
#include "planning/memory_plan.hpp"
#include "process.hpp"
#include "run/names.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace lightreasoner::jobs {
namespace {

/// The row of `job` in a table of jobs, or its end.
template <typename Row>
auto find_job(const std::vector<Row>& jobs, run::Job job) {
  return std::find_if(jobs.begin(), jobs.end(), [&](const Row& row) { return row.job == job; });
}

void start_run_file_job(const parallel::Communicator& world, const Arguments& arguments) {
  inputs::Request request = arguments.request;
  parallel::warn_of_lone_rank(world);
  // 1. The run file, and what it says of the process.
  const config::RunConfig config = inputs::read_config(world, request);
  const Process process(world, config.run);
  request.libraries = process.libraries();
  request.place = process.place();
  if (arguments.device_gib > 0) {
    request.place.device_bytes =
        static_cast<std::uint64_t>(arguments.device_gib * planning::bytes_of_gib);
  }
  // 2. The job.
  if (arguments.dry_run) {
    pipeline::dry_run(world, request, config);
    return;
  }
  find_job(run_file_jobs(), request.job)->start(world, request, config);
}

int start(const parallel::Communicator& world, int argc, char** argv) {
  logging::set_up_logging(world.is_root());
  std::optional<Arguments> arguments;
  std::string help_text;
  parallel::run_together(world, [&] { arguments = parse_arguments(argc, argv, help_text); });
  if (!arguments) {
    if (world.is_root()) {
      std::fputs(help_text.c_str(), stdout);
    }
    return 0;
  }
  constexpr std::chrono::seconds line_interval{10};
  logging::set_progress_style(arguments->progress, line_interval);
  if (const auto job = find_job(run_directory_jobs(), arguments->request.job);
      job != run_directory_jobs().end()) {
    parallel::run_on_root(world, [&] { job->start(*arguments); });
  } else {
    start_run_file_job(world, *arguments);
  }
  return 0;
}

}  // namespace

const std::vector<RunFileJob>& run_file_jobs() {
  static const std::vector<RunFileJob> jobs{
      {run::Job::run, "all stages: evaluate, sample, finetune, evaluate again, merge, report",
       run_stages},
      {run::Job::preflight,
       "check all inputs without reading weights; print each stage's memory plan", preflight},
      {run::Job::sample, "contrast expert and amateur on the problems, write records", run_stages},
      {run::Job::finetune, "tune the expert's adapter on the selected steps of the records",
       run_stages},
      {run::Job::evaluate, "score the expert before and, where an adapter is ready, after tuning",
       run_stages},
      {run::Job::merge, "fold the adapter into the expert: a Hugging Face folder", run_stages},
      {run::Job::report, "print the result table and write report.html", report},
  };
  return jobs;
}

const std::vector<RunDirectoryJob>& run_directory_jobs() {
  static const std::vector<RunDirectoryJob> jobs{
      {run::Job::inspect, "show a record in words", inspect},
      {run::Job::export_samples,
       "write a run's selected steps as the JSON Lines of the released Python", export_samples},
  };
  return jobs;
}

}  // namespace lightreasoner::jobs

int main(int argc, char** argv) {
  lightreasoner::parallel::Session session(argc, argv);
  return lightreasoner::parallel::run_guarded(
      session.world(), [&] { return lightreasoner::jobs::start(session.world(), argc, argv); });
}
