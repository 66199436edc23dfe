// SPDX-License-Identifier: Apache-2.0
#include "sampling/sample_unit.hpp"

#include "contrast/contrast_steps.hpp"
#include "model/generate.hpp"
#include "sampling/amateur_scoring.hpp"
#include "sampling/contrast_chunk.hpp"
#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <fmt/format.h>

namespace lightreasoner::sampling {
namespace {

/// What one prompt has produced so far.
struct Trajectory {
  std::vector<std::int32_t> token_ids;
  contrast::StepContrasts contrasts;
};

/// Contrasts of one row's real steps: views of the chunk's logits, so that what the contrast copies
/// is a row's at most.
contrast::StepContrasts contrast_row(const model::DecodedChunk& chunk,
                                     const at::Tensor& amateur_logits, std::size_t active,
                                     const ContrastRules& rules) {
  const auto row = static_cast<std::int64_t>(active);
  const std::int64_t steps = chunk.num_steps[active];
  return contrast_logits(chunk.logits[row].narrow(0, 0, steps),
                         amateur_logits[row].narrow(0, 0, steps), rules);
}

void append_row(Trajectory& trajectory, const model::DecodedChunk& chunk, std::size_t active,
                const contrast::StepContrasts& contrasts) {
  const at::Tensor tokens = chunk.tokens[static_cast<std::int64_t>(active)];
  const auto ids = tokens.accessor<std::int64_t, 1>();
  for (std::int64_t step = 0; step < chunk.num_steps[active]; ++step) {
    trajectory.token_ids.push_back(static_cast<std::int32_t>(ids[step]));
  }
  contrast::append_steps(trajectory.contrasts, contrasts, 0, contrasts.num_steps());
}

void append_chunk(std::vector<Trajectory>& trajectories, const model::DecodedChunk& chunk,
                  const at::Tensor& amateur_logits, std::span<const problems::Problem> problems,
                  const ContrastRules& rules) {
  for (std::size_t active = 0; active < chunk.rows.size(); ++active) {
    const auto place = static_cast<std::size_t>(chunk.rows[active]);
    try {
      append_row(trajectories[place], chunk, active,
                 contrast_row(chunk, amateur_logits, active, rules));
    } catch (const contrast::InvalidLogits& error) {
      throw support::UserError(fmt::format(
          "problem {} ({}), step {}: the two models cannot be contrasted: {}; check the "
          "weights of models.expert and models.amateur",
          problems[place].id, problems[place].text_id, chunk.first_step + error.row, error.what()));
    }
  }
}

bool ends_with_stop(const Trajectory& trajectory, const std::vector<std::int32_t>& stop_ids) {
  return !trajectory.token_ids.empty() &&
         std::find(stop_ids.begin(), stop_ids.end(), trajectory.token_ids.back()) != stop_ids.end();
}

void append_problem(records::RecordBatch& batch, const problems::Problem& problem,
                    const std::vector<std::int32_t>& prompt, const Trajectory& trajectory,
                    records::FinishReason finish_reason) {
  batch.problems.ids.push_back(problem.id);
  batch.problems.text_ids.push_back(problem.text_id);
  batch.problems.questions.push_back(problem.question);
  batch.problems.line_sha256.push_back(problem.line_sha256);
  batch.problems.finish_reasons.push_back(finish_reason);
  batch.prompts.token_ids.insert(batch.prompts.token_ids.end(), prompt.begin(), prompt.end());
  batch.prompts.offsets.push_back(batch.prompts.token_ids.size());
  batch.steps.token_ids.insert(batch.steps.token_ids.end(), trajectory.token_ids.begin(),
                               trajectory.token_ids.end());
  batch.steps.offsets.push_back(batch.steps.token_ids.size());
  contrast::append_steps(batch.steps.contrasts, trajectory.contrasts, 0,
                         trajectory.contrasts.num_steps());
}

}  // namespace

records::RecordBatch sample_unit(const Pair& pair, std::span<const problems::Problem> problems,
                                 const Config& config, float plausibility_floor) {
  std::vector<std::vector<std::int32_t>> prompts;
  for (const problems::Problem& problem : problems) {
    prompts.push_back(text::encode_prompt(pair.tokenizer, pair.prompt, problem.question));
  }
  const std::vector<std::int32_t>& stop_ids = pair.expert.config.stop_ids;
  std::vector<Trajectory> trajectories(problems.size());
  model::GreedyDecoding expert(pair.expert, prompts,
                               {.max_new_tokens = config.max_new_tokens,
                                .stop_ids = stop_ids,
                                .keep_logits = true,
                                .repetition_penalty = pair.repetition_penalty});
  AmateurScoring amateur(pair, problems, prompts, config.method);
  const ContrastRules rules{pair.shared, config.method, pair.amateur.embedding.scalar_type(),
                            plausibility_floor};
  while (!expert.done()) {
    const model::DecodedChunk chunk = expert.advance(config.steps_per_chunk);
    const at::Tensor amateur_logits = amateur.score(chunk);
    append_chunk(trajectories, chunk, amateur_logits, problems, rules);
  }
  records::RecordBatch batch;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    append_problem(batch, problems[i], prompts[i], trajectories[i],
                   ends_with_stop(trajectories[i], stop_ids) ? records::FinishReason::stop
                                                             : records::FinishReason::length);
  }
  return batch;
}

}  // namespace lightreasoner::sampling
