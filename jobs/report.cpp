// SPDX-License-Identifier: Apache-2.0
/// What lies in the run directory, as a table and a page.
#include "config/keys.hpp"
#include "jobs.hpp"
#include "parallel/together.hpp"
#include "pipeline/walk.hpp"
#include "report/html.hpp"
#include "report/read_run.hpp"
#include "report/table.hpp"
#include "support/files.hpp"

#include <cstdio>

namespace lightreasoner::jobs {

void report(pipeline::Context& context) {
  // 1. What can be shown.
  const config::RunConfig& config = context.inputs.config;
  report::RunFacts facts{.set = config.evaluation.settings.name,
                         .contrast = config.supervision.contrast,
                         .samples_given = context.inputs.tuning.samples.has_value(),
                         .settings = {},
                         .intact = pipeline::intact_stages(context)};
  for (const config::KeyValue& entry : config::effective_keys(config)) {
    facts.settings.emplace_back(entry.key, entry.value);
  }
  // 2. Page and table, by one rank.
  parallel::run_on_root(context.world, [&] {
    const run::RunDirectory& directory = context.hold.directory;
    const report::RunSummary summary = report::read_run(directory, facts);
    const std::filesystem::path page = directory.report();
    support::write_file_atomically(page, report::format_html(summary));
    const std::string table = report::format_table(summary, page.string());
    std::fputs((table + "\n").c_str(), stdout);
    std::fflush(stdout);
  });
}

void report(const parallel::Communicator& world, const inputs::Request& request,
            const config::RunConfig& config) {
  pipeline::Context context = pipeline::open_context(world, request, config);
  report(context);
}

}  // namespace lightreasoner::jobs
