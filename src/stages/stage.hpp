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
#include "report/run_summary.hpp"
#include "run/names.hpp"
#include "run/run_directory.hpp"
#include "run/stage_keys.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lightreasoner::stages {

/// What a stage's key is made of, beside the numerics and the threads, which are in every key.
struct KeyRule {
  /// Raised by hand when a change of ours alters the bits of this stage's result; results of the
  /// other stages stay good.
  int engine_version = 1;
  std::vector<std::string> settings{};  ///< configuration keys; "prompt." is the whole section
  /// Keys of those that change no bit, and keys that name files: their content counts, as a fact.
  std::vector<std::string> without_effect{};
  std::vector<std::string> facts{};    ///< by name; "models.expert" is all that begins with it
  std::vector<std::string> follows{};  ///< stages whose results it reads
};

/// What a stage is going to hold in memory.
struct StageMemory {
  planning::MemoryLines lines;  ///< held by each rank beside the weights
  bool on_one_rank = false;     ///< rank 0 alone does the work
};

/// How a size that is "auto" gets its number.
struct SizeChoice {
  /// Whether all stages of one job fit the budget with these settings.
  std::function<bool(const config::RunConfig& settings)> fits;
  /// What the run was begun with, whose numbers stay; none at a first start.
  const config::RunConfig* begun_with = nullptr;
};

/// What a stage holds, and how its sizes are chosen so that it fits.
struct MemoryRule {
  /// The settings may be others than the run's own while sizes are being chosen.
  std::function<StageMemory(const config::RunConfig& settings, planning::ComputesOn computes_on)>
      plan;
  std::vector<std::string> sizes{};  ///< configuration keys of the stage's sizes
  /// Gives a number to each of them that is "auto"; empty where none can be.
  std::function<void(config::RunConfig& settings, const SizeChoice& choice)> choose_sizes{};
};

/// What a stage's work is given beside the inputs that its row refers to. Work is collective over
/// world.
struct StageTask {
  const parallel::Communicator& world;
  const config::RunConfig& config;
  const run::RunDirectory& directory;
  std::string key;
  logging::EventLog& events;
};

/// One row of the table. It refers to the inputs that it was made from.
struct Stage {
  std::string name;  ///< run::stage_name
  run::Job job{};    ///< that does this stage alone
  KeyRule key;
  std::vector<std::filesystem::path> outputs;  ///< files or folders, relative to the run directory
  inputs::NeededWeights weights;               ///< that it computes with
  MemoryRule memory;
  std::function<void(const StageTask&)> work;
  /// Adds what lies in the run directory to a report; empty where there is nothing to tell. One
  /// rank reads. Throws UserError naming a damaged file.
  std::function<void(const run::RunDirectory& directory, const config::RunConfig& config,
                     report::RunSummary& summary)>
      summarise{};
};

using Identities = std::map<std::string, run::StageIdentity>;

/// What each stage's result is a function of, by stage name. What was not read is taken from what
/// `book` says of the stage, where it is there.
[[nodiscard]] Identities identify(const std::vector<Stage>& stages,
                                  const std::vector<config::KeyValue>& settings,
                                  const inputs::Facts& facts, const run::StageBook& book);

/// Larger batches than this decode no faster.
inline constexpr std::uint64_t largest_batch = 64;

/// The largest power of two up to `most` for which `fits` holds, else 1: for MemoryRule.
[[nodiscard]] std::uint64_t largest_fitting(std::uint64_t most,
                                            const std::function<bool(std::uint64_t)>& fits);

}  // namespace lightreasoner::stages
