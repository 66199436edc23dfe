// SPDX-License-Identifier: Apache-2.0
/// Jobs of the program on the stand-in device.
#pragma once

#include "job_runner.hpp"
#include "support/stand_in/variables.hpp"
#include "support/temporary_folder.hpp"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace lightreasoner::jobs_test {

/// A variable of the environment of jobs that start while this lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), /*overwrite=*/1);
  }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

inline std::vector<std::string> words(const std::string& job,
                                      const std::filesystem::path& directory,
                                      const std::vector<std::string>& more = {}) {
  std::vector<std::string> all{job, micro_toml(), "run.directory=" + directory.string(),
                               "run.share_device=true"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

class OnStandIn : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path run(const std::string& name = "run") const {
    return folder_.path() / name;
  }
  [[nodiscard]] Outcome start(int ranks, const std::string& job, const std::string& name = "run",
                              const std::vector<std::string>& more = {}) const {
    return run_job(ranks, words(job, run(name), more), program_on_stand_in);
  }

 private:
  const testing_support::TemporaryFolder folder_;
};

}  // namespace lightreasoner::jobs_test
