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

contrast::StepContrasts contrast_chunk(const model::DecodedChunk& chunk,
                                       const at::Tensor& amateur_logits,
                                       std::span<const problems::Problem> problems,
                                       const ContrastRules& rules) {
  try {
    return contrast_logits(chunk.logits.flatten(0, 1), amateur_logits.flatten(0, 1), rules);
  } catch (const contrast::InvalidLogits& error) {
    const std::int64_t steps = chunk.tokens.size(1);
    const auto active = static_cast<std::size_t>(error.row / steps);
    const problems::Problem& problem = problems[static_cast<std::size_t>(chunk.rows[active])];
    throw support::UserError(fmt::format(
        "problem {} ({}), step {}: the two models cannot be contrasted: {}; check the "
        "weights of models.expert and models.amateur",
        problem.id, problem.text_id, chunk.first_step + error.row % steps, error.what()));
  }
}

void append_chunk(std::vector<Trajectory>& trajectories, const model::DecodedChunk& chunk,
                  const contrast::StepContrasts& contrasts) {
  const at::Tensor tokens = chunk.tokens.contiguous();
  const std::int64_t* ids = tokens.const_data_ptr<std::int64_t>();
  const auto steps = static_cast<std::size_t>(tokens.size(1));
  for (std::size_t active = 0; active < chunk.rows.size(); ++active) {
    Trajectory& trajectory = trajectories[static_cast<std::size_t>(chunk.rows[active])];
    const auto num_steps = static_cast<std::size_t>(chunk.num_steps[active]);
    const std::size_t first = active * steps;
    for (std::size_t step = 0; step < num_steps; ++step) {
      trajectory.token_ids.push_back(static_cast<std::int32_t>(ids[first + step]));
    }
    contrast::append_steps(trajectory.contrasts, contrasts, first, first + num_steps);
  }
}

bool ends_with_stop(const Trajectory& trajectory, const std::vector<std::int32_t>& stop_ids) {
  return !trajectory.token_ids.empty() &&
         std::find(stop_ids.begin(), stop_ids.end(), trajectory.token_ids.back()) != stop_ids.end();
}

void append_problem(records::RecordBatch& batch, const problems::Problem& problem,
                    const std::vector<std::int32_t>& prompt, const Trajectory& trajectory,
                    records::FinishReason finish_reason) {
  batch.problem_ids.push_back(problem.id);
  batch.text_ids.push_back(problem.text_id);
  batch.questions.push_back(problem.question);
  batch.line_sha256.push_back(problem.line_sha256);
  batch.finish_reasons.push_back(finish_reason);
  batch.prompt_ids.insert(batch.prompt_ids.end(), prompt.begin(), prompt.end());
  batch.prompt_offsets.push_back(batch.prompt_ids.size());
  batch.token_ids.insert(batch.token_ids.end(), trajectory.token_ids.begin(),
                         trajectory.token_ids.end());
  batch.step_offsets.push_back(batch.token_ids.size());
  contrast::append_steps(batch.contrasts, trajectory.contrasts, 0,
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
  AmateurScoring amateur(pair, problems, config.method);
  const ContrastRules rules{pair.shared, config.method, pair.amateur.embedding.scalar_type(),
                            plausibility_floor};
  while (!expert.done()) {
    const model::DecodedChunk chunk = expert.advance(config.steps_per_chunk);
    const at::Tensor amateur_logits = amateur.score(chunk);
    append_chunk(trajectories, chunk, contrast_chunk(chunk, amateur_logits, problems, rules));
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
