// SPDX-License-Identifier: Apache-2.0
#include "arguments.hpp"

#include "config/keys.hpp"
#include "jobs.hpp"
#include "run/names.hpp"
#include "support/errors.hpp"
#include "support/utf8.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <string_view>

namespace lightreasoner::jobs {
namespace {

constexpr const char* overview =
    "LightReasoner: an expert language model is contrasted with a weaker amateur; the steps where\n"
    "they diverge become soft labels, and the expert is LoRA-tuned on them. No labels are needed.\n"
    "Start any job with mpirun or srun at any rank count: results are the same bits.";

constexpr const char* examples =
    "\nExamples:\n"
    "  mpirun -n 2 lightreasoner run config/runs/demo.toml\n"
    "  srun lightreasoner run my.toml run.directory=runs/b05 contrast.kl_beta=0.5\n"
    "  lightreasoner run my.toml --dry-run        check everything, start nothing\n"
    "  lightreasoner inspect runs/demo --problem 7\n"
    "\nThe same command again skips what is complete and resumes what is not.\n"
    "Exit codes: 0 done, 1 failure, 2 a mistake in the command, run file or input.";

/// A command that asks for `job`.
CLI::App* add_job(CLI::App& app, run::Job job, const char* does, Arguments& arguments) {
  CLI::App* command = app.add_subcommand(run::word_of(job), does);
  command->callback([&arguments, job] { arguments.request.job = job; });
  return command;
}

void add_run_file_job(CLI::App& app, const RunFileJob& row, Arguments& arguments) {
  CLI::App* job = add_job(app, row.job, row.does, arguments);
  job->add_option("RUN.toml", arguments.request.target, "run file")->required();
  job->add_option("overrides", arguments.request.overrides,
                  "section.key=value, applied over the run file");
  job->add_flag("--dry-run", arguments.dry_run, "check run file, models and problems, then stop");
  if (row.job == run::Job::preflight) {
    job->add_option("--device-gib", arguments.device_gib,
                    "plan for ranks on devices of so much memory each, whatever is there")
        ->check(CLI::PositiveNumber);
  }
  const std::map<std::string, logging::ProgressStyle> styles{
      {"bar", logging::ProgressStyle::bar},
      {"lines", logging::ProgressStyle::lines},
      {"off", logging::ProgressStyle::off}};
  job->add_option_function<std::string>(
         "--progress",
         [&arguments, styles](const std::string& word) { arguments.progress = styles.at(word); },
         "bar, lines or off")
      ->default_str("lines")
      ->check(CLI::IsMember(styles));
  job->footer("\nKeys of the run file:\n" + config::describe_keys());
}

void add_run_directory_job(CLI::App& app, const RunDirectoryJob& row, Arguments& arguments) {
  CLI::App* job = add_job(app, row.job, row.does, arguments);
  job->add_option("RUN", arguments.request.target, "run directory")->required();
  if (row.job == run::Job::inspect) {
    job->add_option("--problem", arguments.problem,
                    "problem: its id, or its 0-based line in the problem set")
        ->capture_default_str();
  }
  if (row.job == run::Job::export_samples) {
    job->add_option("OUT.jsonl", arguments.output, "file to write")->required();
  }
}

/// A job writes its command line and its paths into JSON; a folder may be called anything.
void require_utf8(std::string_view argument) {
  if (support::valid_utf8_prefix(argument) != argument.size()) {
    throw support::UserError(fmt::format(
        "command line: {}: is not UTF-8, which run files and results are in; rename what it names",
        support::repair_utf8(argument)));
  }
}

}  // namespace

std::optional<Arguments> parse_arguments(int argc, char** argv, std::string& help_text) {
  CLI::App app(overview, "lightreasoner");
  app.footer(examples);
  app.require_subcommand(1);
  app.set_version_flag("--version", "lightreasoner " LIGHTREASONER_VERSION);
  Arguments arguments;
  for (const RunFileJob& row : run_file_jobs()) {
    add_run_file_job(app, row, arguments);
  }
  for (const RunDirectoryJob& row : run_directory_jobs()) {
    add_run_directory_job(app, row, arguments);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    help_text = chosen.empty() ? app.help() : chosen.front()->help(app.get_name());
    return std::nullopt;
  } catch (const CLI::CallForVersion& version) {
    help_text = std::string(version.what()) + "\n";
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    const bool is_unknown_job = argc > 1 && argv[1][0] != '-' && app.get_subcommands().empty();
    throw support::UserError(
        (is_unknown_job ? std::string(argv[1]) + " is no job" : error.what()) +
        std::string("; `lightreasoner --help` shows the jobs, `lightreasoner JOB --help` "
                    "one job's arguments"));
  }
  const auto& jobs = run_file_jobs();
  const bool has_run_file = std::any_of(jobs.begin(), jobs.end(), [&](const RunFileJob& row) {
    return row.job == arguments.request.job;
  });
  for (int i = 0; i < argc; ++i) {
    if (has_run_file) require_utf8(argv[i]);
    arguments.request.command_line += (i == 0 ? "" : " ") + std::string(argv[i]);
  }
  return arguments;
}

}  // namespace lightreasoner::jobs
