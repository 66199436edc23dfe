// SPDX-License-Identifier: Apache-2.0
/// What a job reads before work starts: checked in full, and no weight among it until it is asked
/// for.
#pragma once

#include "config/run_config.hpp"
#include "device/back_end.hpp"
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

/// What something computes with whose weights have to be loaded.
struct NeededWeights {
  bool expert = false;
  bool amateur = false;
  bool start_adapter = false;  ///< where one is given
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

/// Reads problem sets, tokenizers, samples, their order, and the small files and heads of both
/// models and of the start adapter, whose shape becomes the configuration's. What is wrong with any
/// of them is thrown here, agreed, before a run directory is touched. Reads no weights: the same
/// time for any model. Collective over world.
[[nodiscard]] Inputs read_inputs(const parallel::Communicator& world, config::RunConfig& config);

/// Where the time of loading went, by model.
using TimesByModel = std::map<std::string, loading::LoadTimes>;

/// Reads the weights that are needed, hashes them on the way, puts the start adapter and the
/// decoders, on `device`, in place and their digests into the facts. Collective over world.
TimesByModel load_weights(const parallel::Communicator& world, const lora::Config& lora,
                          NeededWeights needed, device::Device device, Inputs& inputs);

}  // namespace lightreasoner::inputs
