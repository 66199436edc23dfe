// SPDX-License-Identifier: Apache-2.0
#include "job_runner.hpp"

#include "support/files.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace lightreasoner::jobs_test {
namespace {

std::vector<std::string> command_line(int num_ranks, const std::vector<std::string>& arguments,
                                      const char* program) {
  std::vector<std::string> words{LIGHTREASONER_MPIEXEC, "-n", std::to_string(num_ranks), program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

std::filesystem::path error_file(std::filesystem::path output_file) {
  return output_file += ".err";
}

void redirect(const std::filesystem::path& file, int to) {
  ::dup2(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), to);
}

[[noreturn]] void become(const std::vector<std::string>& words,
                         const std::filesystem::path& output) {
  ::setpgid(0, 0);
  // Two files: mpirun would mix the streams within lines.
  redirect(output, STDOUT_FILENO);
  redirect(error_file(output), STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& word : words) {
    argv.push_back(const_cast<char*>(word.c_str()));
  }
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

/// mpirun gives each rank a process group of its own, so ranks are found as its descendants.
void kill_tree(pid_t process, std::vector<pid_t>& killed) {
  const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
  std::vector<pid_t> children;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator(tasks, error)) {
    std::ifstream list(task.path() / "children");
    for (pid_t child = 0; list >> child;) {
      children.push_back(child);
    }
  }
  ::kill(process, SIGKILL);
  killed.push_back(process);
  for (const pid_t child : children) {
    kill_tree(child, killed);
  }
}

bool is_running(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string stat;
  std::getline(file, stat);
  const std::size_t after_name = stat.rfind(") ");
  return after_name != std::string::npos && stat[after_name + 2] != 'Z';
}

}  // namespace

RunningJob::RunningJob(int num_ranks, const std::vector<std::string>& arguments,
                       const char* program) {
  std::string name = (std::filesystem::temp_directory_path() / "lightreasoner-out-XXXXXX").string();
  const int file = ::mkstemp(name.data());
  if (file < 0) {
    throw std::runtime_error("mkstemp failed for " + name);
  }
  ::close(file);
  output_file_ = name;
  const std::vector<std::string> words = command_line(num_ranks, arguments, program);
  process_ = ::fork();
  if (process_ == 0) {
    become(words, output_file_);
  }
}

RunningJob::~RunningJob() {
  kill();
  std::error_code ignored;
  std::filesystem::remove(output_file_, ignored);
  std::filesystem::remove(error_file(output_file_), ignored);
}

void RunningJob::collect(bool block) {
  if (!ended_ && ::waitpid(process_, &status_, block ? 0 : WNOHANG) == process_) {
    ended_ = true;
  }
}

bool RunningJob::running() {
  collect(false);
  return !ended_;
}

void RunningJob::kill() {
  if (running()) {
    std::vector<pid_t> killed;
    kill_tree(process_, killed);
    collect(true);
    while (std::any_of(killed.begin(), killed.end(), is_running)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

Outcome RunningJob::wait() {
  collect(true);
  const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  return {code, support::read_file(output_file_) + support::read_file(error_file(output_file_))};
}

bool RunningJob::wait_until(const std::function<bool()>& condition) {
  while (!condition()) {
    if (!running()) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

Outcome run_job(int num_ranks, const std::vector<std::string>& arguments, const char* program) {
  return RunningJob(num_ranks, arguments, program).wait();
}

std::string micro_toml() { return LIGHTREASONER_SOURCE_DIR "/config/runs/micro.toml"; }

Outcome run_micro(int num_ranks, const std::string& job, const std::filesystem::path& directory,
                  const std::vector<std::string>& more) {
  std::vector<std::string> words{job, micro_toml(), "run.directory=" + directory.string()};
  words.insert(words.end(), more.begin(), more.end());
  return run_job(num_ranks, words);
}

std::map<std::string, std::string> results(const std::filesystem::path& directory) {
  static const std::set<std::string> sidecars{"events.jsonl", "provenance.json", "config.toml",
                                              "report.html", "run.lock"};
  std::map<std::string, std::string> content;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const std::string name = std::filesystem::relative(entry.path(), directory).string();
    if (entry.is_regular_file() && !sidecars.contains(name) && !name.starts_with("checkpoints/")) {
      content[name] = support::read_file(entry.path());
    }
  }
  return content;
}

void expect_results(const std::filesystem::path& directory,
                    const std::map<std::string, std::string>& expected) {
  const auto found = results(directory);
  EXPECT_EQ(found.size(), expected.size());
  for (const auto& [name, bytes] : expected) {
    ASSERT_TRUE(found.contains(name)) << name << " is missing";
    EXPECT_TRUE(found.at(name) == bytes) << name << " differs";
  }
}

}  // namespace lightreasoner::jobs_test
