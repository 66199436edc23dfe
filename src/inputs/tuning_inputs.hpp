// SPDX-License-Identifier: Apache-2.0
/// What tuning needs beside models and records: samples, their order, the adapter to start from.
#pragma once

#include "config/run_config.hpp"
#include "examples/example.hpp"
#include "examples/order.hpp"
#include "inputs/facts.hpp"
#include "inputs/problem_sets.hpp"
#include "inputs/texts.hpp"
#include "lora/adapter.hpp"
#include "model/decoder.hpp"
#include "parallel/communicator.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace lightreasoner::inputs {

struct TuningInputs {
  std::optional<examples::ExampleSet> samples;     ///< of samples.file, which stands in for records
  examples::GivenOrder order;                      ///< of finetune.order_file, if one is given
  std::optional<lora::LoraAdapter> start_adapter;  ///< of lora.start_from, once weights are loaded
};

/// How this configuration makes training examples. The result refers to both arguments.
[[nodiscard]] examples::ExampleRules example_rules(const config::RunConfig& config,
                                                   const Texts& texts);

/// `file`, of finetune.order_file, if one is given: a small file that asks for no model. Throws
/// UserError, agreed. Collective over world.
[[nodiscard]] examples::GivenOrder read_order(const parallel::Communicator& world,
                                              const std::filesystem::path& file, Facts& facts);

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

/// The shape of the adapter in lora.start_from, if one is given, becomes the configuration's, so
/// that it stands in stage keys and config.toml; its weights are not read. Throws UserError,
/// agreed, where a key that was given says otherwise, and as loading::survey_adapter. Collective
/// over world.
void survey_start_adapter(const parallel::Communicator& world, const model::Decoder& expert,
                          config::RunConfig& config, Facts& facts);

/// That adapter, if one is given, with its weights, whose digest becomes a fact. Throws UserError,
/// agreed, where it is not as it was surveyed. Collective over world.
[[nodiscard]] std::optional<lora::LoraAdapter> load_start_adapter(
    const parallel::Communicator& world, const model::Decoder& expert, const lora::Config& config,
    Facts& facts);

}  // namespace lightreasoner::inputs
