// SPDX-License-Identifier: Apache-2.0
#include "inputs/tuning_inputs.hpp"

#include "config/keys.hpp"
#include "examples/imported_samples.hpp"
#include "loading/adapters.hpp"
#include "logging/log.hpp"
#include "lora/peft_files.hpp"
#include "parallel/together.hpp"
#include "run/stage_keys.hpp"
#include "support/errors.hpp"
#include "support/hashing.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace lightreasoner::inputs {
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

examples::ExampleRules example_rules(const config::RunConfig& config, const Texts& texts) {
  return {config.supervision.contrast, config.tuning.finetune.method, texts.tokenizer,
          texts.sampling_prompt};
}

examples::GivenOrder read_order(const parallel::Communicator& world,
                                const std::filesystem::path& file, Facts& facts) {
  std::string text;
  examples::GivenOrder order;
  if (!file.empty()) {
    text = parallel::read_file_once(world, file);
    parallel::run_together(world, [&] { order = examples::parse_order(text, file); });
  }
  facts["finetune.order_file"] = support::to_hex(support::sha256(text));
  return order;
}

std::optional<examples::ExampleSet> read_samples(const parallel::Communicator& world,
                                                 const config::RunConfig& config,
                                                 const SampleContext& context, Facts& facts) {
  const std::filesystem::path& file = config.supervision.samples.file;
  facts["samples.file"] = "none";
  if (file.empty()) {
    return std::nullopt;
  }
  const std::string lines = parallel::read_file_once(world, file);
  facts["samples.file"] = support::to_hex(support::sha256(lines));
  std::map<std::string, std::string> questions;
  for (const problems::Problem& problem : context.problems) {
    questions.emplace(problem.text_id, problem.question);
  }
  for (const problems::Problem& problem : context.problems) {
    questions.emplace(problem.question, problem.question);  // an id that reads the same wins
  }
  examples::ImportedSamples imported;
  parallel::run_together(world, [&] {
    imported = examples::parse_samples(
        lines, {example_rules(config, context.texts), questions, context.expert.vocabulary,
                context.expert.max_positions, file});
  });
  if (imported.num_unknown > 0) {
    logging::warn(
        "{}: {} of {} samples name no problem of problems.file: their prompt_id is taken as the "
        "question",
        file.string(), imported.num_unknown, imported.set.size());
  }
  return std::move(imported.set);
}

void survey_start_adapter(const parallel::Communicator& world, const model::Decoder& expert,
                          config::RunConfig& config, Facts& facts) {
  const std::filesystem::path& start = config.tuning.lora.start_from;
  facts["lora.start_from"] = start.empty() ? "none" : run::unread;
  if (!start.empty()) {
    const lora::Config shape = loading::survey_adapter(world, start, expert);
    parallel::run_together(world, [&] { config = with_shape_of_start(config, shape); });
  }
}

std::optional<lora::LoraAdapter> load_start_adapter(const parallel::Communicator& world,
                                                    const model::Decoder& expert,
                                                    const lora::Config& config, Facts& facts) {
  if (config.start_from.empty()) {
    return std::nullopt;
  }
  loading::LoadedAdapter loaded = loading::load_adapter(world, config.start_from, expert);
  const lora::Config& found = loaded.adapter.config;
  if (found.rank != config.rank || found.lora_alpha != config.lora_alpha ||
      found.target_modules != config.target_modules) {
    throw support::agreed_error(fmt::format(
        "{}: has changed while this job started; start it again", config.start_from.string()));
  }
  facts["lora.start_from"] = loaded.weights_sha256;
  loaded.adapter.config = config;
  return std::move(loaded.adapter);
}

}  // namespace lightreasoner::inputs
