// SPDX-License-Identifier: Apache-2.0
#include "run/provenance.hpp"

#include "parallel/together.hpp"
#include "support/files.hpp"
#include "support/json.hpp"
#include "support/path_errors.hpp"
#include "support/process.hpp"
#include "support/utf8.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace lightreasoner::run {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : support::repair_utf8(value);
}

nlohmann::json describe_attempt(const std::string& command_line,
                                const std::vector<std::string>& hosts,
                                const std::vector<std::string>& places,
                                const std::map<std::string, std::string>& libraries) {
  const BuildInfo& build = build_info();
  nlohmann::json attempt;
  attempt["time"] = support::utc_time();
  attempt["command"] = command_line;
  attempt["num_ranks"] = hosts.size();
  attempt["hosts"] = hosts;
  attempt["places"] = places;
  attempt["build"] = {{"version", build.version},
                      {"commit", build.commit},
                      {"compiler", build.compiler},
                      {"flags", build.flags}};
  attempt["libraries"] = libraries;
  if (const std::string job = environment("SLURM_JOB_ID"); !job.empty()) {
    attempt["slurm"] = {{"job", job}, {"restarts", environment("SLURM_RESTART_COUNT")}};
  }
  return attempt;
}

}  // namespace

void append_provenance(const parallel::Communicator& comm, const std::filesystem::path& file,
                       const std::string& command_line,
                       const std::map<std::string, std::string>& libraries,
                       const std::string& place) {
  const std::vector<std::string> hosts = parallel::gather(comm, support::host_name());
  const std::vector<std::string> places = parallel::gather(comm, place);
  parallel::run_together(comm, [&] {
    if (!comm.is_root()) {
      return;
    }
    nlohmann::json attempts = nlohmann::json::array();
    if (support::is_there(file)) {
      const std::string text = support::read_file(file);
      const support::JsonDocument before = support::parse_json(
          text, {.file_name = file.string(), .remedy = "move the file away to begin a new one"});
      attempts = before.root().array("attempts");
    }
    attempts.push_back(describe_attempt(command_line, hosts, places, libraries));
    support::write_file_atomically(file, nlohmann::json{{"attempts", attempts}}.dump(2) + "\n");
  });
}

}  // namespace lightreasoner::run
