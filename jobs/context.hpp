// SPDX-License-Identifier: Apache-2.0
/// One job's hold on its run directory, and the frame every stage runs in.
#pragma once

#include "arguments.hpp"
#include "inputs.hpp"
#include "parallel/communicator.hpp"
#include "run/run_directory.hpp"
#include "run/stage_keys.hpp"
#include "support/log.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lightreasoner::jobs {

struct Context {
  const parallel::Communicator& world;
  Inputs inputs;
  run::RunDirectory directory{};
  std::map<std::string, run::StageIdentity> stages{};
  run::StageBook book{};                 ///< what is done; the same on every rank
  std::unique_ptr<run::RunLock> lock{};  ///< rank 0
  support::EventLog events{};            ///< rank 0

  [[nodiscard]] std::string stage_key(const std::string& stage) const {
    return stages.at(stage).key();
  }
};

/// Of the libraries that results or files depend on, by name.
[[nodiscard]] std::map<std::string, std::string> library_versions();

/// Takes the run directory: lock, comparison of stage keys with what lies there, effective
/// configuration and provenance. Throws UserError, agreed, when the directory belongs to another
/// configuration or job. Collective over world.
[[nodiscard]] Context open_context(const parallel::Communicator& world, const Arguments& arguments);

/// Checks everything open_context would, without writing: says what each stage would do.
void describe_plan(const parallel::Communicator& world, const Arguments& arguments);

/// Runs `body` unless `stage` is complete and all `outputs` exist, and records both ends in the
/// stage book and the events. Collective over world.
void run_stage(Context& context, const std::string& stage,
               const std::vector<std::filesystem::path>& outputs,
               const std::function<void()>& body);

/// Throws UserError, agreed, when `stage` is not complete, naming the job that makes it.
void require_stage(const Context& context, const std::string& stage, const std::string& job);

}  // namespace lightreasoner::jobs
