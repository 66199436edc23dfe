// SPDX-License-Identifier: Apache-2.0
#include "pipeline/inputs.hpp"

#include "device/engine.hpp"
#include "logging/log.hpp"
#include "lora/merge.hpp"
#include "parallel/together.hpp"
#include "pipeline/memory.hpp"
#include "pipeline/tuning_inputs.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/hashing.hpp"
#include "text/tokenizer_config.hpp"
#include "weights/generation_config.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <utility>

namespace lightreasoner::pipeline {
namespace {

config::RunConfig read_config(const parallel::Communicator& world, const Request& request) {
  const std::string toml = parallel::read_file_once(world, request.target);
  config::RunConfig config;
  parallel::run_together(world, [&] {
    // Every rank parses the same text, so all or none come to read the preset together.
    config = config::parse_run_config(toml, request.target, request.overrides,
                                      [&](const std::filesystem::path& preset) {
                                        return parallel::read_file_once(world, preset);
                                      });
  });
  return config;
}

/// Adds the file's hash to `file_hashes`. Collective.
text::Tokenizer read_tokenizer(const parallel::Communicator& world,
                               const std::filesystem::path& folder,
                               std::map<std::string, std::string>& file_hashes) {
  const std::string path = folder / "tokenizer.json";
  const std::string json = parallel::read_file_once(world, path);
  file_hashes["tokenizer.json"] = support::to_hex(support::sha256(json));
  text::Tokenizer tokenizer;
  parallel::run_together(world, [&] { tokenizer = text::Tokenizer::parse(json, path); });
  return tokenizer;
}

void require_fitting_head(const model::Decoder& decoder, const text::Tokenizer& tokenizer,
                          const std::filesystem::path& folder) {
  if (decoder.config.vocabulary < tokenizer.vocabulary_size()) {
    throw support::UserError(fmt::format(
        "{}: the model's vocabulary ({}) is smaller than its tokenizer's ({}): the files do not "
        "belong together",
        folder.string(), decoder.config.vocabulary, tokenizer.vocabulary_size()));
  }
}

text::SharedVocabulary shared_vocabulary(const Inputs& inputs) {
  const std::int64_t expert_width = inputs.expert.config.vocabulary;
  const std::int64_t amateur_width = inputs.amateur.config.vocabulary;
  if (inputs.config.supervision.sampling.method.vocabulary == "cut") {
    return text::cut_vocabulary(expert_width, amateur_width);
  }
  return text::share_vocabulary({inputs.tokenizer, expert_width},
                                {inputs.amateur_tokenizer, amateur_width});
}

void read_models(const parallel::Communicator& world, Inputs& inputs, Weights weights) {
  const config::ModelsSection& models = inputs.config.models;
  std::map<std::string, std::string> expert_hashes;
  std::map<std::string, std::string> amateur_hashes;
  inputs.tokenizer = read_tokenizer(world, models.expert, expert_hashes);
  inputs.amateur_tokenizer = read_tokenizer(world, models.amateur, amateur_hashes);
  if (inputs.config.supervision.sampling.method.vocabulary == "shared") {
    // Before hours are spent on reading weights.
    parallel::run_together(
        world, [&] { text::require_comparable(inputs.tokenizer, inputs.amateur_tokenizer); });
  }
  const parallel::Communicator node = parallel::split_by_node(world);
  const auto load = [&](const std::filesystem::path& folder) {
    return weights == Weights::values ? loading::load_model(world, node, folder, models.dtype)
                                      : loading::survey_model(world, folder, models.dtype);
  };
  loading::LoadedModel expert = load(models.expert);
  loading::LoadedModel amateur = load(models.amateur);
  expert_hashes.merge(expert.file_hashes);
  amateur_hashes.merge(amateur.file_hashes);
  inputs.hashes["models.expert"] = support::digest_of(expert_hashes);
  inputs.hashes["models.amateur"] = support::digest_of(amateur_hashes);
  inputs.expert = std::move(expert.decoder);
  inputs.amateur = std::move(amateur.decoder);
  inputs.load_times = {{"expert", expert.times}, {"amateur", amateur.times}};
  parallel::run_together(world, [&] {
    require_fitting_head(inputs.expert, inputs.tokenizer, models.expert);
    require_fitting_head(inputs.amateur, inputs.amateur_tokenizer, models.amateur);
    inputs.shared = shared_vocabulary(inputs);
  });
}

/// What [method] needs beside the models.
void read_method_inputs(const parallel::Communicator& world, Inputs& inputs) {
  const std::filesystem::path& expert = inputs.config.models.expert;
  const config::RunConfig& config = inputs.config;
  if (config.supervision.sampling.method.attention_mask == "not_pad" ||
      config.tuning.finetune.method.loss_position == "padded") {
    const std::string path = expert / "tokenizer_config.json";
    const std::string json = parallel::read_file_once(world, path);
    parallel::run_together(
        world, [&] { inputs.pad_id = text::find_pad_token(json, path, inputs.tokenizer); });
  }
  if (config.supervision.sampling.method.scores == "processed") {
    const std::string path = expert / "generation_config.json";
    const std::string json = parallel::from_root(world, [&]() -> std::string {
      // A folder without the file has no processors.
      return std::filesystem::exists(path) ? support::read_file(path) : "{}";
    });
    parallel::run_together(world, [&] {
      inputs.repetition_penalty = weights::parse_logits_processors(json, path).repetition_penalty;
    });
  }
}

std::vector<problems::Problem> read_problem_set(const parallel::Communicator& world,
                                                const problems::Config& config, bool needs_answer,
                                                std::uint64_t max_problems) {
  const std::string bytes = parallel::read_file_once(world, config.file);
  std::vector<problems::Problem> problems;
  parallel::run_together(world,
                         [&] { problems = problems::parse_problems(bytes, config, needs_answer); });
  if (max_problems > 0 && problems.size() > max_problems) {
    problems.resize(max_problems);
  }
  return problems;
}

std::string hash_problems(const std::vector<problems::Problem>& problems) {
  support::Sha256Stream stream;
  for (const problems::Problem& problem : problems) {
    stream.update(std::as_bytes(std::span(problem.line_sha256)));
  }
  return support::to_hex(stream.finish());
}

/// One line that says where the time of this start went.
void report_load(const Inputs& inputs) {
  loading::LoadTimes sum;
  for (const auto& [name, times] : inputs.load_times) {
    sum.read += times.read;
    sum.send += times.send;
    sum.build += times.build;
  }
  logging::info(
      "models: expert {}, amateur {}; start-up: read {:.2f} s, broadcast and convert {:.2f} s, "
      "build {:.2f} s",
      model::dtype_word(inputs.expert), model::dtype_word(inputs.amateur), sum.read, sum.send,
      sum.build);
}

}  // namespace

Inputs read_inputs(const parallel::Communicator& world, const Request& request, Weights weights) {
  Inputs inputs;
  inputs.config = read_config(world, request);
  device::set_up_engine(inputs.config.run.threads_per_rank);
  inputs.sampling_prompt = sampling_prompt(inputs.config);
  // Small files first: a mistake there is not to wait for gigabytes of weights.
  inputs.problems = read_problem_set(world, inputs.config.supervision.problems, false,
                                     inputs.config.supervision.sampling.max_problems);
  inputs.test_problems = read_problem_set(world, inputs.config.evaluation.problems, true,
                                          inputs.config.evaluation.settings.max_problems);
  inputs.hashes["problems.file"] = hash_problems(inputs.problems);
  inputs.hashes["evaluation.file"] = hash_problems(inputs.test_problems);
  read_order(world, inputs);
  parallel::run_on_root(world, [&] {  // merge is the last to need them
    static_cast<void>(lora::carried_over(inputs.config.models.expert));
  });
  read_models(world, inputs, weights);
  report_load(inputs);
  parallel::run_together(world, [&] { inputs.prompt_lengths = measure_prompts(inputs); });
  read_method_inputs(world, inputs);
  read_samples(world, inputs);
  read_start_adapter(world, inputs);
  parallel::run_together(world, [&] {
    choose_sizes(inputs);
    if (weights == Weights::values && inputs.config.run.memory_gib > 0) {
      require_within_budget(inputs.config, plan_stages(inputs));
    }
  });
  return inputs;
}

examples::ExampleRules example_rules(const Inputs& inputs) {
  return {inputs.config.supervision.contrast, inputs.config.tuning.finetune.method,
          inputs.tokenizer, inputs.sampling_prompt};
}

}  // namespace lightreasoner::pipeline
