// SPDX-License-Identifier: Apache-2.0
/// Starts the program as a user would and looks at what it leaves.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace lightreasoner::jobs_test {

struct Outcome {
  int exit_code = -1;  ///< 128 + signal when killed
  std::string output;  ///< standard output, then standard error
};

/// The program as it is built, and the same objects on the stand-in device.
inline constexpr const char* the_program = LIGHTREASONER_BINARY_DIR "/lightreasoner";
inline constexpr const char* program_on_stand_in =
    LIGHTREASONER_BINARY_DIR "/tests/lightreasoner_on_stand_in";

/// A job under mpirun in a process group of its own, output in a file.
class RunningJob {
 public:
  RunningJob(int num_ranks, const std::vector<std::string>& arguments,
             const char* program = the_program);
  /// Kills what is left.
  ~RunningJob();
  RunningJob(const RunningJob&) = delete;
  RunningJob& operator=(const RunningJob&) = delete;

  [[nodiscard]] bool running();
  /// SIGKILL to mpirun and all ranks.
  void kill();
  [[nodiscard]] Outcome wait();
  /// Waits until `condition` holds; false when the job ended before it did.
  [[nodiscard]] bool wait_until(const std::function<bool()>& condition);

 private:
  void collect(bool block);

  std::filesystem::path output_file_;
  pid_t process_ = -1;
  int status_ = -1;
  bool ended_ = false;
};

[[nodiscard]] Outcome run_job(int num_ranks, const std::vector<std::string>& arguments,
                              const char* program = the_program);

/// config/runs/micro.toml.
[[nodiscard]] std::string micro_toml();

/// A job of micro.toml in this run directory; `more`: overrides and options.
[[nodiscard]] Outcome run_micro(int num_ranks, const std::string& job,
                                const std::filesystem::path& directory,
                                const std::vector<std::string>& more);

/// Content of every result file by its path in the run directory; sidecars, which tell of one
/// attempt (times, hosts, ranks), and checkpoints are left out.
[[nodiscard]] std::map<std::string, std::string> results(const std::filesystem::path& directory);

/// Expects a run directory to have these results and no others, byte by byte.
void expect_results(const std::filesystem::path& directory,
                    const std::map<std::string, std::string>& expected);

}  // namespace lightreasoner::jobs_test
