// SPDX-License-Identifier: Apache-2.0
/// A job's inputs: read, checked and hashed before any work starts.
#pragma once

#include "config/run_config.hpp"
#include "examples/example.hpp"
#include "loading/models.hpp"
#include "lora/adapter.hpp"
#include "model/decoder.hpp"
#include "parallel/communicator.hpp"
#include "pipeline/prompts.hpp"
#include "pipeline/request.hpp"
#include "problems/problem.hpp"
#include "run/stage_keys.hpp"
#include "text/shared_vocabulary.hpp"
#include "text/tokenizer.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lightreasoner::pipeline {

struct Inputs {
  config::RunConfig config;
  text::PromptFormat sampling_prompt;  ///< of sampling and tuning: [prompt], or [method]'s variant
  text::Tokenizer tokenizer;           ///< the expert's
  text::Tokenizer amateur_tokenizer;
  text::SharedVocabulary shared;
  std::optional<text::TokenId> pad_id;  ///< where [method] needs it
  double repetition_penalty = 1.0;      ///< of the expert's sampling
  model::Decoder expert;
  model::Decoder amateur;
  std::vector<problems::Problem> problems;       ///< to sample and tune on
  std::vector<problems::Problem> test_problems;  ///< held out
  PromptLengths prompt_lengths;
  std::optional<examples::ExampleSet> samples;  ///< of samples.file
  std::vector<std::uint64_t> sample_order;      ///< of finetune.order_file
  std::optional<lora::LoraAdapter> start_adapter;
  std::map<std::string, std::string> hashes;             ///< input name to SHA-256
  std::map<std::string, loading::LoadTimes> load_times;  ///< "expert", "amateur"
};

/// What is read of the models: all, or shapes alone, for jobs that compute nothing.
enum class Weights { values, shapes };

/// Reads run file, models, tokenizers and problem sets; every error is found here, on all ranks
/// alike, before a run directory is touched. Collective over world.
[[nodiscard]] Inputs read_inputs(const parallel::Communicator& world, const Request& request,
                                 Weights weights = Weights::values);

/// How this job makes training examples.
[[nodiscard]] examples::ExampleRules example_rules(const Inputs& inputs);

/// What each stage's result is a function of, by stage name. No "sample" where samples.file is
/// given.
[[nodiscard]] std::map<std::string, run::StageIdentity> identify_stages(const Inputs& inputs);

}  // namespace lightreasoner::pipeline
