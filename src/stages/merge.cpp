// SPDX-License-Identifier: Apache-2.0
#include "stages/merge.hpp"

#include "loading/models.hpp"
#include "lora/memory.hpp"
#include "lora/merge.hpp"
#include "lora/peft_files.hpp"
#include "model/build_decoder.hpp"
#include "model/memory.hpp"
#include "parallel/together.hpp"
#include "run/names.hpp"
#include "support/errors.hpp"
#include "text/prompt.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace lightreasoner::stages {
namespace {

/// The expert with the very values of its files: what memory holds rounded is read again, and must
/// be what the run was begun with. Collective over `self`.
model::Decoder exact_expert(const parallel::Communicator& self, const std::filesystem::path& folder,
                            const MergeInputs& inputs) {
  if (model::holds_files_exactly(inputs.expert)) {
    return inputs.expert;
  }
  const loading::SurveyedModel surveyed = loading::survey_model(self, folder, at::kFloat);
  loading::LoadedModel loaded = loading::load_model(self, self, surveyed.layout);
  if (loaded.weights() != inputs.facts.at("models.expert.weights")) {
    throw support::UserError(fmt::format(
        "{}: its weights have changed while this job ran; put back what was there and start again",
        folder.string()));
  }
  return std::move(loaded.decoder);
}

/// The prompts of the first held-out problems, but for those that are too long for the expert.
std::vector<std::vector<text::TokenId>> probe_prompts(const MergeInputs& inputs,
                                                      const text::PromptFormat& prompt) {
  constexpr std::size_t num_prompts = 8;
  std::vector<std::vector<text::TokenId>> prompts;
  for (std::size_t i = 0; i < std::min(num_prompts, inputs.problems.size()); ++i) {
    auto ids = text::encode_prompt(inputs.tokenizer, prompt, inputs.problems[i].question);
    if (std::ssize(ids) <= inputs.longest_prompt) {
      prompts.push_back(std::move(ids));
    }
  }
  return prompts;
}

/// `self` is the communicator of this rank alone.
void merge_on_root(const StageTask& task, const MergeInputs& inputs,
                   const parallel::Communicator& self) {
  const std::filesystem::path& folder = task.config.models.expert;
  // 1. Both forms of the tuned model.
  lora::LoraAdapter adapter = lora::to_device(
      lora::read_peft(task.directory.adapter(), inputs.expert), inputs.expert.device());
  const model::Decoder merged = lora::merge(
      model::to_device(exact_expert(self, folder, inputs), inputs.expert.device()), adapter);
  // 2. They must say the same.
  const lora::AttachedAdapter adapted(inputs.expert, adapter);
  const double gap =
      lora::logit_gap(adapted.decoder(), merged, probe_prompts(inputs, task.config.prompt.format));
  logging::info("merge: largest logit difference between merged model and adapter {:.1e}", gap);
  task.events.write(run::stage_name::merge, {{"logit_gap", gap}});
  // 3. A folder that transformers and vLLM load.
  lora::write_model_folder(merged, folder, task.directory.merged());
}

}  // namespace

Stage merge_stage(const MergeInputs& inputs) {
  return {
      .name = run::stage_name::merge,
      .job = run::Job::merge,
      .key = {.engine_version = 5, .follows = {run::stage_name::finetune}},
      .outputs = {run::RunDirectory{}.merged()},
      .weights = {.expert = true},
      .memory = {.plan =
                     [=](const config::RunConfig& settings, planning::ComputesOn computes_on) {
                       return StageMemory{
                           lora::plan_merge(inputs.expert,
                                            model::size_of(inputs.expert, computes_on),
                                            settings.tuning.lora, inputs.longest_prompt),
                           /*on_one_rank=*/true};
                     }},
      .work =
          [=](const StageTask& task) {
            const parallel::Communicator self = parallel::split(task.world, task.world.rank());
            parallel::run_on_root(task.world, [&] { merge_on_root(task, inputs, self); });
          },
  };
}

}  // namespace lightreasoner::stages
