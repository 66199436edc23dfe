// SPDX-License-Identifier: Apache-2.0
/// One job's inputs, stages and hold on its run directory.
#pragma once

#include "config/run_config.hpp"
#include "inputs/inputs.hpp"
#include "inputs/request.hpp"
#include "logging/log.hpp"
#include "parallel/communicator.hpp"
#include "pipeline/sizes.hpp"
#include "run/run_directory.hpp"
#include "run/stage_keys.hpp"
#include "stages/stage.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lightreasoner::pipeline {

/// What this job knows of its run directory, and holds there.
struct DirectoryHold {
  run::RunDirectory directory{};
  /// What is done. Rank 0 alone knows the outputs of the stages that this job did.
  run::StageBook book{};
  std::set<std::string> verified{};      ///< complete stages whose files this job has read whole
  std::unique_ptr<run::RunLock> lock{};  ///< rank 0
  logging::EventLog events{};            ///< rank 0
};

struct Context {
  const parallel::Communicator& world;
  config::RunConfig config;                ///< the effective one: no size is "auto"
  std::unique_ptr<inputs::Inputs> inputs;  ///< stays where it is: the stages refer to its parts
  std::vector<stages::Stage> stages;
  Budget budget{};
  stages::Identities identities{};
  DirectoryHold hold{};
};

/// Reads all inputs but weights and gives numbers to the sizes that are "auto": those of the run
/// directory, where the run has been begun. Throws UserError, agreed. Collective over world.
[[nodiscard]] Context begin_context(const parallel::Communicator& world,
                                    const inputs::Request& request,
                                    const config::RunConfig& config);

/// The same where nobody holds the run directory and every stage fits the budget and what is free
/// on the device, which is refused else. Collective over world.
[[nodiscard]] Context begin_fitting(const parallel::Communicator& world,
                                    const inputs::Request& request,
                                    const config::RunConfig& config);

/// Reads the stage book and compares keys with it. Throws UserError, agreed, when it is damaged,
/// and as compare_keys. Collective over world.
void read_matching_book(Context& context);

/// Keys of all stages, as far as they are known, against what lies in the run directory. Throws
/// UserError naming what differs. Not collective.
void compare_keys(Context& context);

/// What lies in the run directory of one stage.
struct StageResult {
  bool complete = false;    ///< the stage book says so
  std::string lost_file{};  ///< of a complete stage, the first that is not there

  [[nodiscard]] bool is_intact() const { return complete && lost_file.empty(); }
};

/// Looks at the files of a complete stage, at all their bytes no more than once. Throws UserError,
/// agreed, when one is not what the stage wrote. Collective over world.
[[nodiscard]] StageResult look_at_result(Context& context, const std::string& stage,
                                         run::Look look = run::Look::whole);

}  // namespace lightreasoner::pipeline
