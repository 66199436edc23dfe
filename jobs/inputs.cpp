// SPDX-License-Identifier: Apache-2.0
#include "inputs.hpp"

#include "model/engine.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/hashing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::jobs {
namespace {

config::RunConfig read_config(const parallel::Communicator& world, const Arguments& arguments) {
  const std::string toml = parallel::read_file_once(world, arguments.target);
  config::RunConfig config;
  parallel::agree(world, [&] {
    // Every rank parses the same text, so all or none come to read the preset together.
    config = config::parse_run_config(toml, arguments.target, arguments.overrides,
                                      [&](const std::filesystem::path& preset) {
                                        return parallel::read_file_once(world, preset);
                                      });
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

void require_same_tokenizer(const text::Tokenizer& expert, const text::Tokenizer& amateur,
                            const config::ModelsSection& models) {
  if (expert.fingerprint() != amateur.fingerprint()) {
    throw support::UserError(fmt::format(
        "models.expert ({}) and models.amateur ({}) have different tokenizers ({} and {} tokens): "
        "their distributions cannot be compared token by token; choose an amateur of the expert's "
        "family",
        models.expert.string(), models.amateur.string(), expert.vocabulary_size(),
        amateur.vocabulary_size()));
  }
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

void read_models(const parallel::Communicator& world, Inputs& inputs) {
  const config::ModelsSection& models = inputs.config.models;
  inputs.tokenizer = read_tokenizer(world, models.expert);
  const text::Tokenizer amateur_tokenizer = read_tokenizer(world, models.amateur);
  parallel::agree(world, [&] {
    require_same_tokenizer(inputs.tokenizer, amateur_tokenizer, models);
    inputs.expert = model::load_decoder(models.expert);
    inputs.amateur = model::load_decoder(models.amateur);
    require_fitting_head(inputs.expert, inputs.tokenizer, models.expert);
    require_fitting_head(inputs.amateur, inputs.tokenizer, models.amateur);
    if (inputs.expert.config.vocabulary != inputs.amateur.config.vocabulary) {
      throw support::UserError(
          fmt::format("models.expert and models.amateur have heads of different width ({} and {}); "
                      "this version contrasts equal heads only",
                      inputs.expert.config.vocabulary, inputs.amateur.config.vocabulary));
    }
  });
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
  return inputs;
}

}  // namespace lightreasoner::jobs
