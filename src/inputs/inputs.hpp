// SPDX-License-Identifier: Apache-2.0
/// What a job reads before work starts: checked in full, and no weight among it until it is asked
/// for.
#pragma once

#include "config/run_config.hpp"
#include "inputs/facts.hpp"
#include "inputs/prompt_lengths.hpp"
#include "inputs/request.hpp"
#include "inputs/texts.hpp"
#include "inputs/tuning_inputs.hpp"
#include "loading/models.hpp"
#include "model/decoder.hpp"
#include "parallel/communicator.hpp"
#include "weights/weight_layout.hpp"

#include <map>
#include <string>

namespace lightreasoner::inputs {

/// Without values until load_weights: tensors that have shapes and types.
struct Models {
  model::Decoder expert;
  model::Decoder amateur;
  weights::WeightLayout expert_layout;  ///< where load_weights finds their values
  weights::WeightLayout amateur_layout;
};

/// Which models something computes with.
struct NeededModels {
  bool expert = false;
  bool amateur = false;
};

/// What the stages of a run take, each its part (stages/table.cpp).
struct Inputs {
  Texts texts;
  ProblemSets problems;
  PromptLengths prompt_lengths;
  TuningInputs tuning;
  Models models;
  Facts facts;
};

/// The run file with its overrides and prompt preset, read on rank 0 and parsed on all. Throws
/// UserError, agreed, as config::parse_run_config. Collective over world.
[[nodiscard]] config::RunConfig read_config(const parallel::Communicator& world,
                                            const Request& request);

/// Reads problem sets, tokenizers, the small files and heads of both models, samples, order and
/// start adapter, whose shape becomes the configuration's; what is wrong with any of them is thrown
/// here, agreed, before a run directory is touched. Reads no model's weights: the same time for any
/// model. Collective over world.
[[nodiscard]] Inputs read_inputs(const parallel::Communicator& world, config::RunConfig& config);

/// Where the time of loading went, by model.
using LoadTimes = std::map<std::string, loading::LoadTimes>;

/// Reads the weights of the models named, hashes them on the way, puts the decoders in place and
/// their digests into the facts. Collective over world.
LoadTimes load_weights(const parallel::Communicator& world, NeededModels needed, Models& models,
                       Facts& facts);

}  // namespace lightreasoner::inputs
