// SPDX-License-Identifier: Apache-2.0
/// One job's hold on its run directory, and the frame every stage runs in.
#pragma once

#include "logging/log.hpp"
#include "parallel/communicator.hpp"
#include "pipeline/inputs.hpp"
#include "pipeline/request.hpp"
#include "run/run_directory.hpp"
#include "run/stage_keys.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lightreasoner::pipeline {

struct Context {
  const parallel::Communicator& world;
  Inputs inputs;
  run::RunDirectory directory{};
  std::map<std::string, run::StageIdentity> stages{};
  /// What is done, the same on every rank; but what the stages of this job wrote knows rank 0
  /// alone.
  run::StageBook book{};
  std::set<std::string> verified{};      ///< complete stages whose files this job has looked at
  std::unique_ptr<run::RunLock> lock{};  ///< rank 0
  logging::EventLog events{};            ///< rank 0

  [[nodiscard]] std::string stage_key(const std::string& stage) const {
    return stages.at(stage).key();
  }
};

/// Of the libraries that results or files depend on, by name.
[[nodiscard]] std::map<std::string, std::string> library_versions();

/// Takes the run directory: lock, comparison of stage keys with what lies there, effective
/// configuration and provenance. Throws UserError, agreed, when the directory belongs to another
/// configuration or job. Collective over world.
[[nodiscard]] Context open_context(const parallel::Communicator& world, const Request& request);

/// Checks everything open_context would, and the files of complete stages, without writing: says
/// what each stage would do. Collective over world.
void describe_plan(const parallel::Communicator& world, const Request& request);

/// The first file of a complete stage that is missing, empty when all are there; what was looked at
/// once is not again. Throws UserError, agreed, when one is not what the stage wrote. Collective
/// over world.
[[nodiscard]] std::string missing_output(Context& context, const std::string& stage);

/// Runs `body` unless `stage` is complete and its files are there as it wrote them, and records
/// both ends in the stage book and the events. `outputs` are files or folders below the run
/// directory. Throws UserError, agreed, when a complete stage's file was changed. Collective over
/// world.
void run_stage(Context& context, const std::string& stage,
               const std::vector<std::filesystem::path>& outputs,
               const std::function<void()>& body);

/// Throws UserError, agreed, when `stage` is not complete or a file of it is missing, naming the
/// job that makes it, or when one was changed. Collective over world.
void require_stage(Context& context, const std::string& stage, const std::string& job);

}  // namespace lightreasoner::pipeline
