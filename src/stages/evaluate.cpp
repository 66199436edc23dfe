// SPDX-License-Identifier: Apache-2.0
#include "stages/evaluate.hpp"

#include "evaluation/evaluate.hpp"
#include "evaluation/memory.hpp"
#include "loading/adapters.hpp"
#include "lora/adapter.hpp"
#include "lora/memory.hpp"
#include "model/memory.hpp"
#include "parallel/together.hpp"
#include "report/read_run.hpp"

#include <nlohmann/json.hpp>

namespace lightreasoner::stages {
namespace {

StageMemory plan(const config::RunConfig& settings, const EvaluateInputs& inputs,
                 planning::ComputesOn computes_on, run::TuningSide side) {
  StageMemory memory{evaluation::plan_memory(settings.evaluation.settings,
                                             model::size_of(inputs.expert, computes_on),
                                             inputs.longest_prompt, std::ssize(inputs.problems))};
  if (side == run::TuningSide::after) {
    memory.lines.push_back(lora::adapter_line(inputs.expert, settings.tuning.lora));
  }
  return memory;
}

void choose_sizes(config::RunConfig& settings, const SizeChoice& choice) {
  std::uint64_t& problems_per_unit = settings.evaluation.settings.problems_per_unit;
  if (!config::is_automatic(problems_per_unit)) return;
  if (choice.begun_with != nullptr) {
    problems_per_unit = choice.begun_with->evaluation.settings.problems_per_unit;
    return;
  }
  problems_per_unit = largest_fitting(largest_batch, [&](std::uint64_t size) {
    config::RunConfig trial = settings;
    trial.evaluation.settings.problems_per_unit = size;
    return choice.fits(trial);
  });
}

void tell(const StageTask& task, run::TuningSide side, const evaluation::Score& score) {
  logging::info("accuracy {} tuning: {:.1f} % ({} of {})", run::word_of(side), 100 * score.accuracy,
                score.correct, score.total);
  if (score.too_long > 0) {
    logging::warn(
        "{} of {} problems were too long for the expert and count as wrong (\"too_long\" "
        "in predictions.jsonl)",
        score.too_long, score.total);
  }
  if (score.unjudged > 0) {
    logging::warn(
        "{} of {} answers count as wrong because their letters differ: where the answer or its "
        "reference is no number, nothing else is compared (\"judged\" in predictions.jsonl)",
        score.unjudged, score.total);
  }
  task.events.write("score", {{"when", run::word_of(side)}, {"accuracy", score.accuracy}});
}

void evaluate(const StageTask& task, const EvaluateInputs& inputs, run::TuningSide side) {
  const evaluation::Config& config = task.config.evaluation.settings;
  // 1. The model to score.
  lora::LoraAdapter adapter;
  if (side == run::TuningSide::after) {
    adapter = lora::to_device(
        loading::load_adapter(task.world, task.directory.adapter(), inputs.expert).adapter,
        inputs.expert.device());
  }
  const lora::AttachedAdapter scored(inputs.expert, adapter);
  // 2. Its answers, over all ranks.
  const std::vector<evaluation::Prediction> predictions = evaluation::predict(
      task.world, {scored.decoder(), inputs.tokenizer, task.config.prompt.format}, inputs.problems,
      config);
  // 3. Evidence and score.
  parallel::run_on_root(task.world, [&] {
    evaluation::write_evaluation(task.directory.evaluation(side), config.name, predictions);
    tell(task, side, evaluation::score(predictions));
  });
}

}  // namespace

Stage evaluate_stage(run::TuningSide side, const EvaluateInputs& inputs) {
  const bool is_tuned = side == run::TuningSide::after;
  const std::filesystem::path folder = run::RunDirectory{}.evaluation(side);
  Stage stage{
      .name = is_tuned ? run::stage_name::evaluate_after : run::stage_name::evaluate_before,
      .job = run::Job::evaluate,
      .key = {.engine_version = 9,
              .settings = {"prompt.", "evaluation."},
              .without_effect = {"evaluation.file", "evaluation.too_long", "prompt.plain_markers"},
              .facts = {"evaluation.file"}},
      .outputs = {folder / evaluation::predictions_file, folder / evaluation::scores_file},
      .weights = {.expert = true},
      .memory = {.plan =
                     [=](const auto& settings, auto computes_on) {
                       return plan(settings, inputs, computes_on, side);
                     },
                 .sizes = {"evaluation.problems_per_unit"},
                 .choose_sizes = choose_sizes},
      .work = [=](const StageTask& task) { evaluate(task, inputs, side); },
      .summarise = [side](const auto& directory, const auto& /*config*/,
                          auto& summary) { report::add_evaluation(summary, directory, side); },
  };
  if (is_tuned) {
    stage.key.follows.emplace_back(run::stage_name::finetune);  // whose key has the expert in it
  } else {
    stage.key.facts.emplace_back("models.expert");
  }
  return stage;
}

}  // namespace lightreasoner::stages
