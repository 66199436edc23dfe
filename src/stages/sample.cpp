// SPDX-License-Identifier: Apache-2.0
#include "stages/sample.hpp"

#include "model/memory.hpp"
#include "records/manifest.hpp"
#include "records/store.hpp"
#include "report/read_run.hpp"
#include "run/names.hpp"
#include "sampling/memory.hpp"
#include "sampling/sample_problems.hpp"

#include <iterator>
#include <nlohmann/json.hpp>

namespace lightreasoner::stages {
namespace {

sampling::StageSettings settings_of(const config::SupervisionSections& supervision) {
  return {supervision.sampling, supervision.records, supervision.contrast.plausibility_floor};
}

StageMemory plan(const config::SupervisionSections& supervision, const SampleInputs& inputs,
                 planning::ComputesOn computes_on) {
  const text::SharedVocabulary& shared = inputs.texts.shared;
  model::ModelSize expert = model::size_of(inputs.models.expert, computes_on);
  model::ModelSize amateur = model::size_of(inputs.models.amateur, computes_on);
  expert.hides_tokens = amateur.hides_tokens =
      supervision.sampling.method.attention_mask == sampling::AttentionMask::not_pad;
  return {sampling::plan_memory(settings_of(supervision),
                                {.expert = expert,
                                 .amateur = amateur,
                                 .expert_prompt = inputs.prompts.expert,
                                 .amateur_prompt = inputs.prompts.amateur,
                                 .num_problems = std::ssize(inputs.problems.supervision),
                                 .num_shared = std::ssize(shared.expert_ids),
                                 .shared_are_leading = shared.is_leading,
                                 .is_penalised = inputs.texts.repetition_penalty != 1.0})};
}

/// The unit first, with the usual chunk; then the largest chunk beside it.
void choose_sizes(config::RunConfig& settings, const SizeChoice& choice) {
  sampling::Config& config = settings.supervision.sampling;
  if (choice.begun_with != nullptr) {
    const sampling::Config& begun = choice.begun_with->supervision.sampling;
    if (config::is_automatic(config.problems_per_unit)) {
      config.problems_per_unit = begun.problems_per_unit;
    }
    if (config::is_automatic(config.steps_per_chunk)) {
      config.steps_per_chunk = begun.steps_per_chunk;
    }
    return;
  }
  const bool chooses_steps = config::is_automatic(config.steps_per_chunk);
  if (chooses_steps) {
    config.steps_per_chunk = sampling::Config{}.steps_per_chunk;
  }
  if (config::is_automatic(config.problems_per_unit)) {
    config.problems_per_unit = largest_fitting(largest_batch, [&](std::uint64_t size) {
      config::RunConfig trial = settings;
      trial.supervision.sampling.problems_per_unit = size;
      return choice.fits(trial);
    });
  }
  if (chooses_steps) {
    const std::uint64_t steps = largest_fitting(largest_batch, [&](std::uint64_t size) {
      config::RunConfig trial = settings;
      trial.supervision.sampling.steps_per_chunk = static_cast<std::int64_t>(size);
      return choice.fits(trial);
    });
    config.steps_per_chunk = static_cast<std::int64_t>(steps);
  }
}

/// How the problem set is cut: a function of the set and the configuration alone.
records::Manifest empty_manifest(const StageTask& task, const inputs::ProblemSets& problems) {
  const config::SupervisionSections& supervision = task.config.supervision;
  records::Manifest manifest;
  manifest.stage_key = task.key;
  manifest.plausibility_floor = supervision.contrast.plausibility_floor;
  manifest.num_skipped = problems.num_skipped;
  manifest.layout = {.num_problems = problems.supervision.size(),
                     .problems_per_unit = supervision.sampling.problems_per_unit,
                     .units_per_shard = supervision.records.units_per_shard};
  return manifest;
}

void sample(const StageTask& task, const SampleInputs& inputs) {
  const inputs::Texts& texts = inputs.texts;
  const config::SupervisionSections& supervision = task.config.supervision;
  // 1. What earlier attempts have left.
  records::Store store(task.world, task.directory.records(), empty_manifest(task, inputs.problems));
  // 2. The rest, over all ranks. One tokenizer encodes a prompt once for both models.
  const sampling::Pair pair{
      .expert = inputs.models.expert,
      .amateur = inputs.models.amateur,
      .tokenizer = texts.tokenizer,
      .amateur_tokenizer = texts.share_tokenizer ? texts.tokenizer : texts.amateur_tokenizer,
      .shared = texts.shared,
      .prompt = texts.sampling_prompt,
      .repetition_penalty = texts.repetition_penalty,
      .pad_id = texts.pad_id};
  sampling::sample_problems(task.world, pair, inputs.problems.supervision, settings_of(supervision),
                            store);
  task.events.write("records", {{"digest", store.manifest().digest()}});
}

}  // namespace

Stage sample_stage(const SampleInputs& inputs) {
  return {
      .name = run::stage_name::sample,
      .job = run::Job::sample,
      .key = {.engine_version = 5,
              .settings = {"method.prefix", "method.scores", "method.log_epsilon",
                           "method.amateur_softmax", "method.vocabulary", "method.attention_mask",
                           "problems.question_field", "prompt.", "sampling.",
                           "contrast.plausibility_floor", "records.units_per_shard"},
              .without_effect = {"prompt.plain_markers"},
              .facts = {"models.expert", "models.amateur", "problems.file", "method.pad_id"}},
      .outputs = {run::RunDirectory{}.records() / records::manifest_file},
      .weights = {.expert = true, .amateur = true},
      .memory = {.plan =
                     [=](const auto& settings, auto computes_on) {
                       return plan(settings.supervision, inputs, computes_on);
                     },
                 .sizes = {"sampling.problems_per_unit", "sampling.steps_per_chunk"},
                 .choose_sizes = choose_sizes},
      .work = [=](const StageTask& task) { sample(task, inputs); },
      .summarise =
          [](const auto& directory, const auto& config, auto& summary) {
            report::add_records(summary, directory, config.supervision.contrast);
          },
  };
}

}  // namespace lightreasoner::stages
