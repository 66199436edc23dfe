// SPDX-License-Identifier: Apache-2.0
/// A stage as data: what its result depends on, what it reads, writes and holds, and its work.
#pragma once

#include "config/keys.hpp"
#include "config/run_config.hpp"
#include "inputs/facts.hpp"
#include "inputs/inputs.hpp"
#include "logging/log.hpp"
#include "parallel/communicator.hpp"
#include "planning/memory_plan.hpp"
#include "run/run_directory.hpp"
#include "run/stage_keys.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lightreasoner::stages {

/// What a stage's key is made of, beside the numerics and the keys of the stages it follows.
struct KeyRule {
  /// Raised by hand when a change of ours alters the bits of this stage's result; results of the
  /// other stages stay good.
  int engine_version = 1;
  std::vector<std::string> settings;  ///< configuration keys; "prompt." is the whole section
  std::vector<std::string> facts;     ///< by name; "models.expert" is all that begins with it
};

/// What a stage is going to hold in memory.
struct StageMemory {
  planning::MemoryLines lines;  ///< held by each rank beside the weights
  bool on_one_rank = false;     ///< rank 0 alone does the work
};

/// What a stage's work is given. Work is collective over world.
struct StageTask {
  const parallel::Communicator& world;
  inputs::Inputs& inputs;  ///< weights of the models the stage needs are there
  const run::RunDirectory& directory;
  std::string key;
  const logging::EventLog& events;
};

/// One row of the table.
struct Stage {
  std::string name;  ///< run::stage_name
  std::string job;   ///< the job that does this stage alone, run::job_name
  KeyRule key;
  std::vector<std::string> follows;            ///< stages whose results it reads
  std::vector<std::filesystem::path> outputs;  ///< files or folders, relative to the run directory
  inputs::NeededModels models;                 ///< whose weights it computes with
  /// What it is going to hold with these settings, which may be others than the inputs' own while
  /// sizes are being chosen.
  std::function<StageMemory(const config::RunConfig& settings, const inputs::Inputs& inputs)> plan;
  std::function<void(const StageTask&)> work;
};

using Identities = std::map<std::string, run::StageIdentity>;

/// What each stage's result is a function of, by stage name. What was not read is taken from what
/// `book` says of the stage, where it is there.
[[nodiscard]] Identities identify(const std::vector<Stage>& stages,
                                  const std::vector<config::KeyValue>& settings,
                                  const inputs::Facts& facts, const run::StageBook& book);

}  // namespace lightreasoner::stages
