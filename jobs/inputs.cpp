// SPDX-License-Identifier: Apache-2.0
#include "inputs.hpp"

#include "finetune/imported_samples.hpp"
#include "finetune/order.hpp"
#include "lora/peft_files.hpp"
#include "model/engine.hpp"
#include "model/generation_config.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/hashing.hpp"
#include "text/tokenizer_config.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::jobs {
namespace {

config::RunConfig read_config(const parallel::Communicator& world, const Arguments& arguments) {
  const std::string toml = parallel::read_file_once(world, arguments.target);
  config::RunConfig config;
  parallel::agree(world, [&] {
    config = config::parse_run_config(toml, arguments.target, arguments.overrides);
  });
  return config;
}

text::Tokenizer read_tokenizer(const parallel::Communicator& world,
                               const std::filesystem::path& folder) {
  const std::string path = folder / "tokenizer.json";
  const std::string json = parallel::read_file_once(world, path);
  text::Tokenizer tokenizer;
  parallel::agree(world, [&] { tokenizer = text::Tokenizer::parse(json, path); });
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
  if (inputs.config.sampling.method.vocabulary == "cut") {
    return text::cut_vocabulary(expert_width, amateur_width);
  }
  return text::share_vocabulary({inputs.tokenizer, expert_width},
                                {inputs.amateur_tokenizer, amateur_width});
}

void read_models(const parallel::Communicator& world, Inputs& inputs) {
  const config::ModelsSection& models = inputs.config.models;
  inputs.tokenizer = read_tokenizer(world, models.expert);
  inputs.amateur_tokenizer = read_tokenizer(world, models.amateur);
  parallel::agree(world, [&] {
    inputs.expert = model::load_decoder(models.expert);
    inputs.amateur = model::load_decoder(models.amateur);
    require_fitting_head(inputs.expert, inputs.tokenizer, models.expert);
    require_fitting_head(inputs.amateur, inputs.amateur_tokenizer, models.amateur);
    inputs.shared = shared_vocabulary(inputs);
  });
}

/// What [method] needs beside the models.
void read_method_inputs(const parallel::Communicator& world, Inputs& inputs) {
  const std::filesystem::path& expert = inputs.config.models.expert;
  const config::RunConfig& config = inputs.config;
  if (config.sampling.method.attention_mask == "not_pad" ||
      config.finetune.method.loss_position == "padded") {
    const std::string path = expert / "tokenizer_config.json";
    const std::string json = parallel::read_file_once(world, path);
    parallel::agree(world,
                    [&] { inputs.pad_id = text::find_pad_token(json, path, inputs.tokenizer); });
  }
  const std::string path = expert / "generation_config.json";
  if (config.sampling.method.scores == "processed" && std::filesystem::exists(path)) {
    const std::string json = parallel::read_file_once(world, path);
    parallel::agree(world, [&] {
      inputs.repetition_penalty = model::parse_logits_processors(json, path).repetition_penalty;
    });
  }
}

/// Samples that stand in for records.
void read_samples(const parallel::Communicator& world, Inputs& inputs) {
  const std::filesystem::path& file = inputs.config.samples.file;
  if (file.empty()) {
    return;
  }
  const std::string lines = parallel::read_file_once(world, file);
  std::map<std::string, std::string> questions;
  for (const problems::Problem& problem : inputs.problems) {
    questions.emplace(problem.text_id, problem.question);
  }
  parallel::agree(world, [&] {
    inputs.samples = finetune::parse_samples(
        lines, {example_rules(inputs), questions, inputs.expert.config.vocabulary, file});
  });
  inputs.hashes["samples.file"] = support::to_hex(support::sha256(lines));
}

/// What tuning starts from beside its samples, and its hashes. The start adapter's shape becomes
/// the configuration's, so that it stands in stage keys and config.toml.
void read_tuning_inputs(const parallel::Communicator& world, Inputs& inputs) {
  config::RunConfig& config = inputs.config;
  const std::filesystem::path& order = config.finetune.order_file;
  std::string text;
  if (!order.empty()) {
    text = parallel::read_file_once(world, order);
    parallel::agree(world, [&] { inputs.sample_order = finetune::parse_order(text, order); });
  }
  inputs.hashes["finetune.order_file"] = support::to_hex(support::sha256(text));
  const std::filesystem::path& start = config.lora.start_from;
  inputs.hashes["lora.start_from"] = "none";
  if (!start.empty()) {
    parallel::agree(world, [&] {
      inputs.start_adapter = lora::read_peft(start, inputs.expert);
      inputs.hashes["lora.start_from"] =
          support::to_hex(support::sha256_file(start / "adapter_model.safetensors"));
    });
    lora::Config& shape = inputs.start_adapter->config;
    shape.start_from = start;
    shape.dropout = config.lora.dropout;
    config.lora = shape;
  }
}

std::vector<problems::Problem> read_problem_set(const parallel::Communicator& world,
                                                const problems::Config& config, bool needs_answer,
                                                std::uint64_t max_problems) {
  const std::string bytes = parallel::read_file_once(world, config.file);
  std::vector<problems::Problem> problems;
  parallel::agree(world, [&] { problems = problems::parse_problems(bytes, config, needs_answer); });
  if (max_problems > 0 && problems.size() > max_problems) {
    problems.resize(max_problems);
  }
  return problems;
}

/// Hash over the files a model folder's result depends on.
std::string hash_model(const std::filesystem::path& folder) {
  std::map<std::string, std::string> hashes;
  for (const char* name :
       {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json"}) {
    if (std::filesystem::exists(folder / name)) {
      hashes[name] = support::to_hex(support::sha256_file(folder / name));
    }
  }
  return support::digest_of(hashes);
}

std::string hash_problems(const std::vector<problems::Problem>& problems) {
  support::Sha256Stream stream;
  for (const problems::Problem& problem : problems) {
    stream.update(std::as_bytes(std::span(problem.line_sha256)));
  }
  return support::to_hex(stream.finish());
}

/// Rank 0 reads the weights' bytes once more for the hash; the others are told.
std::map<std::string, std::string> hash_inputs(const parallel::Communicator& world,
                                               const Inputs& inputs) {
  nlohmann::json hashes;
  parallel::agree(world, [&] {
    if (world.is_root()) {
      hashes["models.expert"] = hash_model(inputs.config.models.expert);
      hashes["models.amateur"] = hash_model(inputs.config.models.amateur);
    }
  });
  hashes = nlohmann::json::parse(
      parallel::broadcast(world, world.is_root() ? hashes.dump() : std::string()));
  hashes["problems.file"] = hash_problems(inputs.problems);
  hashes["evaluation.file"] = hash_problems(inputs.test_problems);
  return hashes.get<std::map<std::string, std::string>>();
}

}  // namespace

Inputs read_inputs(const parallel::Communicator& world, const Arguments& arguments) {
  Inputs inputs;
  inputs.config = read_config(world, arguments);
  model::set_up_engine(inputs.config.run.threads_per_rank);
  read_models(world, inputs);
  inputs.problems =
      read_problem_set(world, inputs.config.problems, false, inputs.config.sampling.max_problems);
  inputs.test_problems = read_problem_set(world, inputs.config.evaluation_problems, true,
                                          inputs.config.evaluation.max_problems);
  inputs.hashes = hash_inputs(world, inputs);
  read_method_inputs(world, inputs);
  read_samples(world, inputs);
  read_tuning_inputs(world, inputs);
  return inputs;
}

finetune::ExampleRules example_rules(const Inputs& inputs) {
  return {inputs.config.contrast, inputs.config.finetune.method, inputs.tokenizer,
          inputs.config.prompt};
}

}  // namespace lightreasoner::jobs
