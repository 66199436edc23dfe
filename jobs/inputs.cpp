// SPDX-License-Identifier: Apache-2.0
#include "inputs.hpp"

#include "model/engine.hpp"
#include "support/errors.hpp"
#include "support/hashing.hpp"
#include "support/log.hpp"

#include <fmt/format.h>
#include <utility>

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

/// Adds the file's hash to `file_hashes`. Collective.
text::Tokenizer read_tokenizer(const parallel::Communicator& world,
                               const std::filesystem::path& folder,
                               std::map<std::string, std::string>& file_hashes) {
  const std::string path = folder / "tokenizer.json";
  const std::string json = parallel::read_file_once(world, path);
  file_hashes["tokenizer.json"] = support::to_hex(support::sha256(json));
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
  std::map<std::string, std::string> expert_hashes;
  std::map<std::string, std::string> amateur_hashes;
  inputs.tokenizer = read_tokenizer(world, models.expert, expert_hashes);
  const text::Tokenizer amateur_tokenizer = read_tokenizer(world, models.amateur, amateur_hashes);
  parallel::agree(world,
                  [&] { require_same_tokenizer(inputs.tokenizer, amateur_tokenizer, models); });
  const parallel::Communicator node = parallel::split_by_node(world);
  LoadedModel expert = load_model(world, node, models.expert, models.dtype);
  LoadedModel amateur = load_model(world, node, models.amateur, models.dtype);
  expert_hashes.merge(expert.file_hashes);
  amateur_hashes.merge(amateur.file_hashes);
  inputs.hashes["models.expert"] = support::digest_of(expert_hashes);
  inputs.hashes["models.amateur"] = support::digest_of(amateur_hashes);
  inputs.expert = std::move(expert.decoder);
  inputs.amateur = std::move(amateur.decoder);
  inputs.load_times = {{"expert", expert.times}, {"amateur", amateur.times}};
  parallel::agree(world, [&] {
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

std::string hash_problems(const std::vector<problems::Problem>& problems) {
  support::Sha256Stream stream;
  for (const problems::Problem& problem : problems) {
    stream.update(std::as_bytes(std::span(problem.line_sha256)));
  }
  return support::to_hex(stream.finish());
}

/// One line that says where the time of this start went.
void report_load(const Inputs& inputs) {
  LoadTimes sum;
  for (const auto& [name, times] : inputs.load_times) {
    sum.read += times.read;
    sum.send += times.send;
    sum.build += times.build;
  }
  support::info(
      "models: expert {}, amateur {}; start-up: read {:.2f} s, broadcast and convert {:.2f} s, "
      "build {:.2f} s",
      model::dtype_word(inputs.expert), model::dtype_word(inputs.amateur), sum.read, sum.send,
      sum.build);
}

}  // namespace

Inputs read_inputs(const parallel::Communicator& world, const Arguments& arguments) {
  Inputs inputs;
  inputs.config = read_config(world, arguments);
  model::set_up_engine(inputs.config.run.threads_per_rank);
  read_models(world, inputs);
  report_load(inputs);
  inputs.problems =
      read_problem_set(world, inputs.config.problems, false, inputs.config.sampling.max_problems);
  inputs.test_problems = read_problem_set(world, inputs.config.evaluation_problems, true,
                                          inputs.config.evaluation.max_problems);
  inputs.hashes["problems.file"] = hash_problems(inputs.problems);
  inputs.hashes["evaluation.file"] = hash_problems(inputs.test_problems);
  return inputs;
}

}  // namespace lightreasoner::jobs
