// SPDX-License-Identifier: Apache-2.0
/// lightreasoner JOB ...: reads the command line and starts the job on all ranks.
#include "arguments.hpp"
#include "jobs.hpp"
#include "logging/log.hpp"
#include "logging/progress.hpp"
#include "parallel/session.hpp"
#include "parallel/together.hpp"
#include "pipeline/context.hpp"
#include "support/errors.hpp"

#include <cstdio>
#include <functional>
#include <map>

namespace lightreasoner::jobs {
namespace {

using Job = std::function<void(pipeline::Context&)>;

const std::map<std::string, Job>& run_file_jobs() {
  static const std::map<std::string, Job> jobs{
      {"run", run_all},
      {"sample", sample},
      {"finetune", finetune},
      {"evaluate",
       [](pipeline::Context& context) {
         evaluate(context, false);
         if (run::is_complete(context.book, "finetune")) {
           evaluate(context, true);
         }
       }},
      {"merge", merge},
      {"report", report},
  };
  return jobs;
}

/// Jobs that look at a finished run; one rank does them.
const std::map<std::string, std::function<void(const Arguments&)>>& run_directory_jobs() {
  static const std::map<std::string, std::function<void(const Arguments&)>> jobs{
      {"inspect", inspect}, {"export", export_samples}};
  return jobs;
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
  logging::set_progress_style(logging::parse_progress_style(arguments->progress), line_interval);
  if (const auto job = run_directory_jobs().find(arguments->request.job);
      job != run_directory_jobs().end()) {
    parallel::run_on_root(world, [&] { job->second(*arguments); });
  } else if (arguments->request.job == "preflight") {
    preflight(world, arguments->request);
  } else if (arguments->dry_run) {
    pipeline::describe_plan(world, arguments->request);
  } else {
    pipeline::Context context = pipeline::open_context(world, arguments->request);
    run_file_jobs().at(arguments->request.job)(context);
  }
  return 0;
}

}  // namespace
}  // namespace lightreasoner::jobs

int main(int argc, char** argv) {
  lightreasoner::parallel::Session session(argc, argv);
  return lightreasoner::parallel::run_guarded(
      session.world(), [&] { return lightreasoner::jobs::start(session.world(), argc, argv); });
}
