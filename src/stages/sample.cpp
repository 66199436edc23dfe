// SPDX-License-Identifier: Apache-2.0
#include "stages/sample.hpp"

#include "model/memory.hpp"
#include "records/manifest.hpp"
#include "records/store.hpp"
#include "run/names.hpp"
#include "sampling/memory.hpp"
#include "sampling/sample_problems.hpp"

#include <iterator>
#include <nlohmann/json.hpp>

namespace lightreasoner::stages {
namespace {

StageMemory plan(const config::RunConfig& settings, const inputs::Inputs& inputs) {
  const text::SharedVocabulary& shared = inputs.texts.shared;
  return {sampling::plan_memory(settings.supervision.sampling,
                                {.expert = model::size_of(inputs.models.expert),
                                 .amateur = model::size_of(inputs.models.amateur),
                                 .expert_prompt = inputs.prompt_lengths.expert,
                                 .amateur_prompt = inputs.prompt_lengths.amateur,
                                 .num_problems = std::ssize(inputs.problems.supervision),
                                 .num_shared = std::ssize(shared.expert_ids),
                                 .shared_are_leading = shared.is_leading,
                                 .is_penalised = inputs.texts.repetition_penalty != 1.0})};
}

/// How the problem set is cut: a function of the set and the configuration alone.
records::Manifest empty_manifest(const StageTask& task) {
  const config::SupervisionSections& supervision = task.inputs.config.supervision;
  records::Manifest manifest;
  manifest.stage_key = task.key;
  manifest.plausibility_floor = supervision.contrast.plausibility_floor;
  manifest.layout = {.num_problems = task.inputs.problems.supervision.size(),
                     .problems_per_unit = supervision.sampling.problems_per_unit,
                     .units_per_shard = supervision.records.units_per_shard};
  return manifest;
}

void sample(const StageTask& task) {
  const inputs::Texts& texts = task.inputs.texts;
  const inputs::Facts& facts = task.inputs.facts;
  const config::SupervisionSections& supervision = task.inputs.config.supervision;
  // One tokenizer, told apart by its file, encodes a prompt once for both models.
  const bool share_tokenizer =
      facts.at("models.expert.tokenizer") == facts.at("models.amateur.tokenizer");
  // 1. What earlier attempts have left.
  records::Store store(task.world, task.directory.records(), empty_manifest(task));
  // 2. The rest, over all ranks.
  const sampling::Pair pair{
      .expert = task.inputs.models.expert,
      .amateur = task.inputs.models.amateur,
      .tokenizer = texts.tokenizer,
      .amateur_tokenizer = share_tokenizer ? texts.tokenizer : texts.amateur_tokenizer,
      .shared = texts.shared,
      .prompt = texts.sampling_prompt,
      .repetition_penalty = texts.repetition_penalty,
      .pad_id = texts.pad_id};
  sampling::sample_problems(
      task.world, pair, task.inputs.problems.supervision,
      {supervision.sampling, supervision.records, supervision.contrast.plausibility_floor}, store);
  task.events.write("records", {{"digest", store.manifest().digest()}});
}

}  // namespace

Stage sample_stage() {
  return {
      .name = run::stage_name::sample,
      .job = run::job_name::sample,
      .key = {.engine_version = 4,
              .settings = {"method.prefix", "method.scores", "method.log_epsilon",
                           "method.amateur_softmax", "method.vocabulary", "method.attention_mask",
                           "problems.question_field", "prompt.", "sampling.",
                           "contrast.plausibility_floor", "records.units_per_shard"},
              .facts = {"models.expert", "models.amateur", "problems.file", "method.pad_id"}},
      .follows = {},
      .outputs = {run::RunDirectory{}.records() / records::manifest_file},
      .models = {.expert = true, .amateur = true},
      .plan = plan,
      .work = sample,
  };
}

}  // namespace lightreasoner::stages
