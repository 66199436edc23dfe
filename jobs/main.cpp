// SPDX-License-Identifier: Apache-2.0
/// lightreasoner JOB ...: reads the command line, sets the process up and starts the job.
#include "arguments.hpp"
#include "inputs/inputs.hpp"
#include "jobs.hpp"
#include "logging/log.hpp"
#include "logging/progress.hpp"
#include "parallel/session.hpp"
#include "parallel/together.hpp"
#include "pipeline/walk.hpp"
#include "process.hpp"
#include "run/names.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>
#include <string>

namespace lightreasoner::jobs {
namespace {

/// Jobs that look at a finished run; one rank does them.
const std::map<std::string, void (*)(const Arguments&)>& run_directory_jobs() {
  static const std::map<std::string, void (*)(const Arguments&)> jobs{
      {run::job_name::inspect, inspect}, {run::job_name::export_samples, export_samples}};
  return jobs;
}

void start_run_file_job(const parallel::Communicator& world, const Arguments& arguments) {
  inputs::Request request = arguments.request;
  parallel::warn_of_lone_rank(world);
  // 1. The run file, and what it says of the process.
  const config::RunConfig config = inputs::read_config(world, request);
  const Process process(config.run.threads_per_rank);
  request.libraries = process.libraries();
  // 2. The job.
  if (arguments.dry_run) {
    pipeline::describe_plan(world, request, config);
    return;
  }
  const auto job = std::find_if(run_file_jobs().begin(), run_file_jobs().end(),
                                [&](const RunFileJob& row) { return row.name == request.job; });
  job->start(world, request, config);
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
  if (const auto job = run_directory_jobs().find(arguments->request.job);
      job != run_directory_jobs().end()) {
    parallel::run_on_root(world, [&] { job->second(*arguments); });
  } else {
    start_run_file_job(world, *arguments);
  }
  return 0;
}

}  // namespace

const std::vector<RunFileJob>& run_file_jobs() {
  static const std::vector<RunFileJob> jobs{
      {run::job_name::run, "all stages: evaluate, sample, finetune, evaluate again, merge, report",
       run_stages},
      {run::job_name::preflight,
       "check all inputs without reading weights; print each stage's memory plan", preflight},
      {run::job_name::sample, "contrast expert and amateur on the problems, write records",
       run_stages},
      {run::job_name::finetune, "tune the expert's adapter on the selected steps of the records",
       run_stages},
      {run::job_name::evaluate,
       "score the expert before and, where an adapter is ready, after tuning", run_stages},
      {run::job_name::merge, "fold the adapter into the expert: a Hugging Face folder", run_stages},
      {run::job_name::report, "print the result table and write report.html", report},
  };
  return jobs;
}

}  // namespace lightreasoner::jobs

int main(int argc, char** argv) {
  lightreasoner::parallel::Session session(argc, argv);
  return lightreasoner::parallel::run_guarded(
      session.world(), [&] { return lightreasoner::jobs::start(session.world(), argc, argv); });
}
