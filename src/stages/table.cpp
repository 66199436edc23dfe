// SPDX-License-Identifier: Apache-2.0
#include "stages/table.hpp"

#include "run/names.hpp"
#include "stages/evaluate.hpp"
#include "stages/finetune.hpp"
#include "stages/merge.hpp"
#include "stages/sample.hpp"

namespace lightreasoner::stages {
namespace {

/// Whether the run makes its own records.
bool samples_problems(const config::RunConfig& config) {
  return config.supervision.samples.file.empty();
}

}  // namespace

std::vector<Stage> stages_of(const config::RunConfig& config, inputs::Inputs& inputs) {
  model::Decoder& expert = inputs.models.expert;
  const inputs::Texts& texts = inputs.texts;
  const inputs::ProblemSets& problems = inputs.problems;
  const inputs::PromptLengths& prompts = inputs.prompt_lengths;
  const bool samples = samples_problems(config);
  const EvaluateInputs held_out{expert, texts.tokenizer, problems.test, prompts.test};
  std::vector<Stage> stages;
  // 1. The expert as it came, on held-out problems.
  stages.push_back(evaluate_stage(run::TuningSide::before, held_out));
  // 2. Where expert and amateur diverge.
  if (samples) {
    stages.push_back(sample_stage({inputs.models, texts, problems, prompts}));
  }
  // 3. The expert learns from those steps.
  stages.push_back(finetune_stage(
      samples, {expert, texts, inputs.tuning, problems.supervision.size(), prompts.expert}));
  // 4. The same problems again.
  stages.push_back(evaluate_stage(run::TuningSide::after, held_out));
  // 5. A model folder for others to load.
  stages.push_back(
      merge_stage({expert, texts.tokenizer, problems.test, prompts.test, inputs.facts}));
  return stages;
}

std::string why_left_out(const config::RunConfig& config, run::Job job) {
  const bool is_left_out = job == run::Job::sample && !samples_problems(config);
  return is_left_out ? "samples.file is given, so there is nothing to sample; leave it out" : "";
}

}  // namespace lightreasoner::stages
