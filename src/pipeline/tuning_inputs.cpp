// SPDX-License-Identifier: Apache-2.0
#include "pipeline/tuning_inputs.hpp"

#include "examples/imported_samples.hpp"
#include "examples/order.hpp"
#include "loading/adapters.hpp"
#include "logging/log.hpp"
#include "lora/peft_files.hpp"
#include "parallel/together.hpp"
#include "support/errors.hpp"
#include "support/hashing.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace lightreasoner::pipeline {
namespace {

/// peft writes target_modules as a set, in any order.
std::vector<config::KeyValue> comparable_keys(config::RunConfig config) {
  std::sort(config.tuning.lora.target_modules.begin(), config.tuning.lora.target_modules.end());
  return config::effective_keys(config);
}

/// The configuration going on from its start adapter, whose shape counts. Throws UserError where a
/// key that was given says otherwise.
config::RunConfig with_shape_of_start(const config::RunConfig& config, lora::Config shape) {
  shape.start_from = config.tuning.lora.start_from;
  shape.dropout = config.tuning.lora.dropout;
  config::RunConfig started = config;
  started.tuning.lora = std::move(shape);
  const std::vector<config::KeyValue> asked = comparable_keys(config);
  const std::vector<config::KeyValue> found = comparable_keys(started);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto given = config.given.find(asked[i].key);
    if (given != config.given.end() && asked[i].value != found[i].value) {
      throw support::UserError(fmt::format(
          "{}: {} is {}, but the adapter to start from has {} ({}, lora.start_from); leave the key "
          "out to go on with the adapter's, or lora.start_from to begin with a new one",
          given->second, given->first, asked[i].value, found[i].value,
          (started.tuning.lora.start_from / lora::adapter_config_file).string()));
    }
  }
  return started;
}

}  // namespace

void read_order(const parallel::Communicator& world, Inputs& inputs) {
  const std::filesystem::path& file = inputs.config.tuning.finetune.order_file;
  std::string text;
  if (!file.empty()) {
    text = parallel::read_file_once(world, file);
    parallel::run_together(world, [&] { inputs.sample_order = examples::parse_order(text, file); });
  }
  inputs.hashes["finetune.order_file"] = support::to_hex(support::sha256(text));
}

void read_samples(const parallel::Communicator& world, Inputs& inputs) {
  const std::filesystem::path& file = inputs.config.supervision.samples.file;
  if (file.empty()) {
    return;
  }
  const std::string lines = parallel::read_file_once(world, file);
  std::map<std::string, std::string> questions;
  for (const problems::Problem& problem : inputs.problems) {
    questions.emplace(problem.text_id, problem.question);
  }
  for (const problems::Problem& problem : inputs.problems) {
    questions.emplace(problem.question, problem.question);  // an id that reads the same wins
  }
  examples::ImportedSamples imported;
  parallel::run_together(world, [&] {
    const weights::DecoderConfig& expert = inputs.expert.config;
    imported = examples::parse_samples(
        lines, {example_rules(inputs), questions, expert.vocabulary, expert.max_positions, file});
  });
  if (imported.num_unknown > 0) {
    logging::warn(
        "{}: {} of {} samples name no problem of problems.file: their prompt_id is taken as the "
        "question",
        file.string(), imported.num_unknown, imported.set.size());
  }
  inputs.samples = std::move(imported.set);
  inputs.hashes["samples.file"] = support::to_hex(support::sha256(lines));
}

void read_start_adapter(const parallel::Communicator& world, Inputs& inputs) {
  const std::filesystem::path& start = inputs.config.tuning.lora.start_from;
  inputs.hashes["lora.start_from"] = "none";
  if (start.empty()) {
    return;
  }
  loading::LoadedAdapter loaded = loading::load_adapter(world, start, inputs.expert);
  inputs.hashes["lora.start_from"] = loaded.weights_sha256;
  parallel::run_together(
      world, [&] { inputs.config = with_shape_of_start(inputs.config, loaded.adapter.config); });
  loaded.adapter.config = inputs.config.tuning.lora;
  inputs.start_adapter = std::move(loaded.adapter);
}

}  // namespace lightreasoner::pipeline
