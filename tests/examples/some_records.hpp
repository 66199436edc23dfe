// SPDX-License-Identifier: Apache-2.0
/// A few records and the rules by which tests make examples of them.
#pragma once

#include "examples/example.hpp"
#include "support/files.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

namespace lightreasoner::examples::testing {

/// The demo pair's tokenizer and a prompt of few words.
struct Rules {
  contrast::Config contrast = {};
  TuningMethod method = {};
  text::Tokenizer tokenizer = text::Tokenizer::parse(
      support::read_file(LIGHTREASONER_SOURCE_DIR "/tests/data/text/tokenizer.json"), "demo");
  text::PromptFormat prompt = {"S", "<", "|", ">"};

  [[nodiscard]] ExampleRules get() const { return {contrast, method, tokenizer, prompt}; }
};

/// One step with divergence `kl`, and two floor entries unless the step is peaked.
inline void add_step(records::RecordBatch& batch, std::int32_t token, float kl) {
  contrast::StepContrasts& steps = batch.steps.contrasts;
  batch.steps.token_ids.push_back(token);
  steps.kl.push_back(kl);
  steps.expert.entropy.push_back(0.7F);
  steps.amateur.entropy.push_back(0.7F);
  steps.expert.top_id.push_back(token);
  steps.amateur.top_id.push_back(token);
  steps.expert.top_probability.push_back(0.6F);
  steps.amateur.top_probability.push_back(0.3F);
  steps.expert.lost_mass.push_back(0.0F);
  steps.amateur.lost_mass.push_back(0.0F);
  steps.floor.ids.insert(steps.floor.ids.end(), {token, token + 1});
  steps.floor.expert_log_probability.insert(steps.floor.expert_log_probability.end(),
                                            {std::log(0.6F), std::log(0.4F)});
  steps.floor.amateur_log_probability.insert(steps.floor.amateur_log_probability.end(),
                                             {std::log(0.3F), std::log(0.6F)});
  steps.floor.offsets.push_back(steps.floor.ids.size());
}

inline void add_problem(records::RecordBatch& batch, const std::vector<std::int32_t>& prompt,
                        const std::vector<float>& divergences) {
  batch.problems.ids.push_back(batch.problems.ids.size());
  batch.problems.questions.emplace_back("How many?");
  batch.prompts.token_ids.insert(batch.prompts.token_ids.end(), prompt.begin(), prompt.end());
  batch.prompts.offsets.push_back(batch.prompts.token_ids.size());
  for (const float kl : divergences) {
    add_step(batch, static_cast<std::int32_t>(100 + batch.steps.token_ids.size()), kl);
  }
  batch.steps.offsets.push_back(batch.steps.token_ids.size());
}

inline records::RecordBatch four_problems() {
  records::RecordBatch batch;
  add_problem(batch, {1, 2, 3}, {0.1F, 0.2F});      // none selected
  add_problem(batch, {4, 5}, {0.5F, 0.1F, 0.6F});   // steps 0 and 2
  add_problem(batch, {6}, {});                      // no step at all
  add_problem(batch, {7, 8, 9, 10}, {0.0F, 0.4F});  // step 1: divergence equal to kl_beta
  return batch;
}

}  // namespace lightreasoner::examples::testing
