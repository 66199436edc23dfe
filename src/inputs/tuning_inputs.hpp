// SPDX-License-Identifier: Apache-2.0
/// What tuning needs beside models and records: samples, their order, the adapter to start from.
#pragma once

#include "config/run_config.hpp"
#include "examples/example.hpp"
#include "inputs/facts.hpp"
#include "inputs/problem_sets.hpp"
#include "inputs/texts.hpp"
#include "lora/adapter.hpp"
#include "model/decoder.hpp"
#include "parallel/communicator.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace lightreasoner::inputs {

struct TuningInputs {
  std::optional<examples::ExampleSet> samples;     ///< of samples.file, which stands in for records
  std::vector<std::uint64_t> order;                ///< of finetune.order_file; empty: shuffled
  std::optional<lora::LoraAdapter> start_adapter;  ///< of lora.start_from
};

/// How this configuration makes training examples. The result refers to both arguments.
[[nodiscard]] examples::ExampleRules example_rules(const config::RunConfig& config,
                                                   const Texts& texts);

/// finetune.order_file, if one is given: a small file that asks for no model. Throws UserError,
/// agreed. Collective over world.
[[nodiscard]] std::vector<std::uint64_t> read_order(const parallel::Communicator& world,
                                                    const config::RunConfig& config, Facts& facts);

/// What samples are read against.
struct SampleContext {
  const Texts& texts;
  const std::vector<problems::Problem>& problems;  ///< that samples may name
  const weights::DecoderShape& expert;
};

/// samples.file, if one is given. Throws UserError, agreed. Collective over world.
[[nodiscard]] std::optional<examples::ExampleSet> read_samples(const parallel::Communicator& world,
                                                               const config::RunConfig& config,
                                                               const SampleContext& context,
                                                               Facts& facts);

/// lora.start_from, if it is given: its shape becomes the configuration's, so that it stands in
/// stage keys and config.toml. Throws UserError, agreed, where a key that was given says otherwise.
/// Collective over world.
[[nodiscard]] std::optional<lora::LoraAdapter> read_start_adapter(
    const parallel::Communicator& world, const model::Decoder& expert, config::RunConfig& config,
    Facts& facts);

}  // namespace lightreasoner::inputs
