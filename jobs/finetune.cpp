// SPDX-License-Identifier: Apache-2.0
/// Stage 3: records to an adapter.
#include "examples/stored_examples.hpp"
#include "finetune/tune.hpp"
#include "jobs.hpp"
#include "logging/progress.hpp"
#include "lora/peft_files.hpp"
#include "parallel/together.hpp"
#include "support/files.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

namespace lightreasoner::jobs {
namespace {

finetune::LossRules loss_rules(const pipeline::Inputs& inputs) {
  const examples::Method& method = inputs.config.tuning.finetune.method;
  finetune::LossRules rules;
  if (method.label_vocabulary == "tokenizer") {
    rules.label_width = inputs.tokenizer.base_size();
  }
  rules.at_padded_column = method.loss_position == "padded";
  rules.pad_id = inputs.pad_id.value_or(0);
  rules.recomputes_layers = inputs.config.tuning.finetune.activation_checkpointing;
  return rules;
}

std::vector<double> tune_adapter(const pipeline::Context& context, const lora::LoraAdapter& adapter,
                                 const examples::ExampleSet& set) {
  const config::RunConfig& config = context.inputs.config;
  // Begun with the first update of this attempt, so that the rate leaves out what was resumed.
  std::optional<logging::Progress> progress;
  finetune::TuneJob job{.config = config.tuning.finetune,
                        .loss = loss_rules(context.inputs),
                        .order = context.inputs.sample_order,
                        .seed = config.run.seed,
                        .stage_key = context.stage_key("finetune"),
                        .checkpoint_folder = context.directory.checkpoints(),
                        .on_iteration = {}};
  job.on_iteration = [&](const finetune::IterationReport& done) {
    if (!progress) {
      progress.emplace("tuning", "iterations", config.tuning.finetune.iterations,
                       done.iteration - 1);
    }
    progress->update(done.iteration, fmt::format("loss {:.4f}", done.loss));
    context.events.write("iteration", {{"iteration", done.iteration},
                                       {"loss", done.loss},
                                       {"gradient_norm", done.gradient_norm},
                                       {"learning_rate", done.learning_rate}});
  };
  return finetune::tune(context.world, context.inputs.expert, adapter, set, job);
}

void write_results(const pipeline::Context& context, const lora::LoraAdapter& adapter,
                   const std::vector<double>& losses, std::size_t num_selected) {
  const config::RunConfig& config = context.inputs.config;
  support::make_directories(context.directory.adapter());
  // The base model's place is what peft looks for: AutoPeftModel loads the folder by itself.
  for (const auto& [name, bytes] : lora::peft_files(adapter, config.models.expert.string())) {
    support::write_file_atomically(context.directory.adapter() / name, bytes);
  }
  const finetune::Config& tuning = config.tuning.finetune;
  const std::uint64_t samples_seen =
      tuning.iterations * tuning.micro_batch * tuning.gradient_accumulation;
  const nlohmann::ordered_json summary{
      {"selected_steps", num_selected},
      {"tuned_steps", std::min<std::uint64_t>(samples_seen, num_selected)},
      {"losses", losses}};
  support::write_file_atomically(context.directory.tuning(), summary.dump(1) + "\n");
}

}  // namespace

void finetune(pipeline::Context& context) {
  const pipeline::Inputs& inputs = context.inputs;
  if (!inputs.samples) {
    pipeline::require_stage(context, "sample", "sample");
  }
  const std::filesystem::path folder = context.directory.adapter();
  pipeline::run_stage(
      context, "finetune",
      {context.directory.tuning(), folder / "adapter_config.json",
       folder / "adapter_model.safetensors"},
      [&] {
        // 1. Selected steps and their soft labels, from stored records or a file of samples.
        const examples::ExampleSet set =
            inputs.samples ? *inputs.samples
                           : examples::read_examples(context.world, context.directory.records(),
                                                     pipeline::example_rules(inputs));
        // 2. The first adapter, joined to the expert.
        const config::RunConfig& config = inputs.config;
        const lora::LoraAdapter adapter =
            inputs.start_adapter
                ? *inputs.start_adapter
                : lora::make_adapter(inputs.expert, config.tuning.lora, config.run.seed);
        lora::attach(context.inputs.expert, adapter);
        // 3. All iterations, from the newest good checkpoint on.
        const std::vector<double> losses = tune_adapter(context, adapter, set);
        lora::detach(context.inputs.expert);
        // 4. The adapter as PEFT files.
        parallel::run_on_root(context.world,
                              [&] { write_results(context, adapter, losses, set.size()); });
      });
}

}  // namespace lightreasoner::jobs
