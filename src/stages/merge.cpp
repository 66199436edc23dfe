// SPDX-License-Identifier: Apache-2.0
#include "stages/merge.hpp"

#include "lora/memory.hpp"
#include "lora/merge.hpp"
#include "lora/peft_files.hpp"
#include "model/build_decoder.hpp"
#include "parallel/together.hpp"
#include "run/names.hpp"
#include "text/prompt.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lightreasoner::stages {
namespace {

StageMemory plan(const config::RunConfig& settings, const inputs::Inputs& inputs) {
  return {lora::plan_merge(inputs.models.expert, settings.tuning.lora, inputs.prompt_lengths.test),
          /*on_one_rank=*/true};
}

/// The prompts of the first test problems.
std::vector<std::vector<text::TokenId>> probe_prompts(const inputs::Inputs& inputs) {
  constexpr std::size_t num_prompts = 8;
  const std::vector<problems::Problem>& test = inputs.problems.test;
  std::vector<std::vector<text::TokenId>> prompts;
  for (std::size_t i = 0; i < std::min(num_prompts, test.size()); ++i) {
    prompts.push_back(
        text::encode_prompt(inputs.texts.tokenizer, inputs.config.prompt.format, test[i].question));
  }
  return prompts;
}

void merge_on_root(const StageTask& task) {
  model::Decoder& expert = task.inputs.models.expert;
  const std::filesystem::path& folder = task.inputs.config.models.expert;
  // 1. Both forms of the tuned model. What memory holds rounded is read again as it is.
  lora::LoraAdapter adapter = lora::read_peft(task.directory.adapter(), expert);
  const model::Decoder merged = lora::merge(
      model::holds_files_exactly(expert) ? expert : model::load_decoder(folder, at::kFloat),
      adapter);
  // 2. They must say the same.
  const lora::AttachedAdapter adapted(expert, adapter);
  const double gap = lora::logit_gap(adapted.decoder(), merged, probe_prompts(task.inputs));
  logging::info("merge: largest logit difference between merged model and adapter {:.1e}", gap);
  task.events.write(run::stage_name::merge, {{"logit_gap", gap}});
  // 3. A folder that transformers and vLLM load.
  lora::write_model_folder(merged, folder, task.directory.merged());
}

}  // namespace

Stage merge_stage() {
  return {
      .name = run::stage_name::merge,
      .job = run::job_name::merge,
      .key = {.engine_version = 4, .settings = {}, .facts = {}},
      .follows = {run::stage_name::finetune},
      .outputs = {run::RunDirectory{}.merged()},
      .models = {.expert = true},
      .plan = plan,
      .work =
          [](const StageTask& task) {
            parallel::run_on_root(task.world, [&] { merge_on_root(task); });
          },
  };
}

}  // namespace lightreasoner::stages
