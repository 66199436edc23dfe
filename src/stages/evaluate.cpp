// SPDX-License-Identifier: Apache-2.0
#include "stages/evaluate.hpp"

#include "evaluation/evaluate.hpp"
#include "evaluation/memory.hpp"
#include "loading/adapters.hpp"
#include "lora/adapter.hpp"
#include "model/memory.hpp"
#include "parallel/together.hpp"

#include <nlohmann/json.hpp>

namespace lightreasoner::stages {
namespace {

StageMemory plan(const config::RunConfig& settings, const inputs::Inputs& inputs) {
  return {evaluation::plan_memory(settings.evaluation.settings,
                                  model::size_of(inputs.models.expert), inputs.prompt_lengths.test,
                                  std::ssize(inputs.problems.test))};
}

void evaluate(const StageTask& task, run::Tuning side) {
  model::Decoder& expert = task.inputs.models.expert;
  const config::RunConfig& config = task.inputs.config;
  // 1. The model to score.
  lora::LoraAdapter adapter;
  if (side == run::Tuning::after) {
    adapter = loading::load_adapter(task.world, task.directory.adapter(), expert).adapter;
  }
  const lora::AttachedAdapter scored(expert, adapter);
  // 2. Its answers, over all ranks.
  const std::vector<evaluation::Prediction> predictions = evaluation::predict(
      task.world, {scored.decoder(), task.inputs.texts.tokenizer, config.prompt.format},
      task.inputs.problems.test, config.evaluation.settings);
  // 3. Evidence and score.
  parallel::run_on_root(task.world, [&] {
    evaluation::write_evaluation(task.directory.evaluation(side), config.evaluation.settings.name,
                                 predictions);
    const evaluation::Score score = evaluation::score(predictions);
    logging::info("accuracy {} tuning: {:.1f} % ({} of {})", run::word_of(side),
                  100 * score.accuracy, score.correct, score.total);
    if (score.unjudged > 0) {
      logging::warn(
          "{} of {} answers count as wrong because they differ from a reference that is no number: "
          "such references are compared letter by letter (\"judged\" in predictions.jsonl)",
          score.unjudged, score.total);
    }
    task.events.write("score", {{"when", run::word_of(side)}, {"accuracy", score.accuracy}});
  });
}

}  // namespace

Stage evaluate_stage(run::Tuning side) {
  const std::filesystem::path folder = run::RunDirectory{}.evaluation(side);
  Stage stage{
      .name = run::stage_name::evaluate_before,
      .job = run::job_name::evaluate,
      .key = {.engine_version = 5,
              .settings = {"prompt.", "evaluation."},
              .facts = {"evaluation.file"}},
      .follows = {},
      .outputs = {folder / evaluation::predictions_file, folder / evaluation::scores_file},
      .models = {.expert = true},
      .plan = plan,
      .work = [side](const StageTask& task) { evaluate(task, side); },
  };
  if (side == run::Tuning::after) {
    stage.name = run::stage_name::evaluate_after;
    stage.follows = {run::stage_name::finetune};
  } else {
    stage.key.facts.emplace_back("models.expert");
  }
  return stage;
}

}  // namespace lightreasoner::stages
