// SPDX-License-Identifier: Apache-2.0
/// Stage 5: expert and adapter to one Hugging Face folder.
#include "lora/merge.hpp"

#include "jobs.hpp"
#include "logging/log.hpp"
#include "lora/peft_files.hpp"
#include "model/build_decoder.hpp"
#include "parallel/together.hpp"
#include "text/prompt.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lightreasoner::jobs {
namespace {

/// The prompts of the first test problems.
std::vector<std::vector<text::TokenId>> probe_prompts(const pipeline::Inputs& inputs) {
  constexpr std::size_t num_prompts = 8;
  std::vector<std::vector<text::TokenId>> prompts;
  for (std::size_t i = 0; i < std::min(num_prompts, inputs.test_problems.size()); ++i) {
    prompts.push_back(text::encode_prompt(inputs.tokenizer, inputs.config.prompt.format,
                                          inputs.test_problems[i].question));
  }
  return prompts;
}

}  // namespace

void merge(pipeline::Context& context) {
  pipeline::require_stage(context, "finetune", "finetune");
  pipeline::run_stage(context, "merge", {context.directory.merged()}, [&] {
    // One rank: the work is one pass over the weights, and the files are written once.
    parallel::run_together(context.world, [&] {
      if (!context.world.is_root()) {
        return;
      }
      pipeline::Inputs& inputs = context.inputs;
      const std::filesystem::path& folder = inputs.config.models.expert;
      // 1. Both forms of the tuned model. What memory holds rounded is read again as it is.
      const lora::LoraAdapter adapter = lora::read_peft(context.directory.adapter(), inputs.expert);
      const model::Decoder merged =
          lora::merge(model::holds_files_exactly(inputs.expert)
                          ? inputs.expert
                          : model::load_decoder(folder, weights::dtype_of_word("float32")),
                      adapter);
      // 2. They must say the same.
      lora::attach(inputs.expert, adapter);
      const double gap = lora::logit_gap(inputs.expert, merged, probe_prompts(inputs));
      lora::detach(inputs.expert);
      logging::info("merge: largest logit difference between merged model and adapter {:.1e}", gap);
      context.events.write("merge", {{"logit_gap", gap}});
      // 3. A folder that transformers and vLLM load.
      lora::write_model_folder(merged, folder, context.directory.merged());
    });
  });
}

}  // namespace lightreasoner::jobs
