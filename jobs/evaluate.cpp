// SPDX-License-Identifier: Apache-2.0
/// Stages 1 and 4: held-out problems to scores.
#include "evaluation/evaluate.hpp"

#include "jobs.hpp"
#include "loading/adapters.hpp"
#include "logging/log.hpp"
#include "parallel/together.hpp"

#include <nlohmann/json.hpp>

namespace lightreasoner::jobs {

void evaluate(pipeline::Context& context, bool after) {
  const std::string when = after ? "after" : "before";
  if (after) {
    pipeline::require_stage(context, "finetune", "finetune");
  }
  const std::filesystem::path folder = context.directory.evaluation(when);
  pipeline::run_stage(
      context, "evaluate-" + when, {folder / "predictions.jsonl", folder / "scores.json"}, [&] {
        pipeline::Inputs& inputs = context.inputs;
        // 1. The model to score.
        if (after) {
          lora::attach(inputs.expert, loading::load_adapter(
                                          context.world, context.directory.adapter(), inputs.expert)
                                          .adapter);
        }
        // 2. Its answers, over all ranks.
        const std::vector<evaluation::Prediction> predictions = evaluation::predict(
            context.world, {inputs.expert, inputs.tokenizer, inputs.config.prompt.format},
            inputs.test_problems, inputs.config.evaluation.settings);
        lora::detach(inputs.expert);
        // 3. Evidence and score.
        parallel::run_on_root(context.world, [&] {
          evaluation::write_evaluation(folder, inputs.config.evaluation.settings.name, predictions);
          const evaluation::Score score = evaluation::score(predictions);
          logging::info("accuracy {} tuning: {:.1f} % ({} of {})", when, 100 * score.accuracy,
                        score.correct, score.total);
          context.events.write("score", {{"when", when}, {"accuracy", score.accuracy}});
        });
      });
}

}  // namespace lightreasoner::jobs
