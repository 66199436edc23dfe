// SPDX-License-Identifier: Apache-2.0
/// What lies in the run directory, as a table and a page.
#include "jobs.hpp"
#include "parallel/together.hpp"
#include "pipeline/walk.hpp"
#include "report/html.hpp"
#include "report/table.hpp"
#include "support/files.hpp"

#include <cstdio>

namespace lightreasoner::jobs {

void report(pipeline::Context& context) {
  // 1. What can be shown.
  const report::RunSummary summary = pipeline::summarise(context);
  // 2. Page and table, by one rank.
  parallel::run_on_root(context.world, [&] {
    const std::filesystem::path page = context.hold.directory.report();
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
