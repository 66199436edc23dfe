// SPDX-License-Identifier: Apache-2.0
#include "stages/finetune.hpp"

#include "examples/stored_examples.hpp"
#include "finetune/memory.hpp"
#include "finetune/summary.hpp"
#include "finetune/tune.hpp"
#include "logging/progress.hpp"
#include "lora/memory.hpp"
#include "lora/peft_files.hpp"
#include "model/memory.hpp"
#include "parallel/together.hpp"
#include "run/names.hpp"
#include "support/files.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace lightreasoner::stages {
namespace {

/// The longest prefix that tuning may read, in tokens.
std::int64_t longest_prefix(const config::RunConfig& settings, const inputs::Inputs& inputs) {
  std::int64_t prefix =
      inputs.prompt_lengths.expert + settings.supervision.sampling.max_new_tokens - 1;
  if (inputs.tuning.samples) {
    prefix = 0;
    for (const auto& example : inputs.tuning.samples->examples) {
      prefix = std::max(prefix, std::int64_t{example.prefix_length});
    }
  }
  const auto most = static_cast<std::int64_t>(settings.tuning.finetune.method.max_prefix_tokens);
  return most > 0 ? std::min(prefix, most) : prefix;
}

planning::MemoryLines plan_examples(const config::RunConfig& settings,
                                    const inputs::Inputs& inputs) {
  const config::SupervisionSections& supervision = settings.supervision;
  const std::uint64_t problems_per_shard =
      supervision.sampling.problems_per_unit * supervision.records.units_per_shard;
  return examples::plan_memory(
      {.num_problems = inputs.problems.supervision.size(),
       .problems_per_shard = problems_per_shard,
       .prompt = static_cast<std::uint64_t>(inputs.prompt_lengths.expert),
       .steps = static_cast<std::uint64_t>(supervision.sampling.max_new_tokens)},
      supervision.contrast, settings.tuning.finetune.method);
}

StageMemory plan(const config::RunConfig& settings, const inputs::Inputs& inputs) {
  const model::Decoder& expert = inputs.models.expert;
  planning::MemoryLines lines = finetune::plan_memory(
      settings.tuning.finetune,
      {model::size_of(expert), settings.tuning.lora, longest_prefix(settings, inputs),
       lora::count_parameters(expert, settings.tuning.lora)});
  if (!inputs.tuning.samples) {  // else they are there before any plan is made
    const planning::MemoryLines examples = plan_examples(settings, inputs);
    lines.insert(lines.end(), examples.begin(), examples.end());
  }
  return {lines};
}

finetune::LossRules loss_rules(const inputs::Inputs& inputs) {
  const finetune::Config& config = inputs.config.tuning.finetune;
  finetune::LossRules rules;
  if (config.method.label_vocabulary == examples::LabelVocabulary::tokenizer) {
    rules.label_width = inputs.texts.tokenizer.base_size();
  }
  rules.at_padded_column = config.method.loss_position == examples::LossPosition::padded;
  rules.pad_id = inputs.texts.pad_id.value_or(0);
  rules.recomputes_layers = config.activation_checkpointing;
  return rules;
}

std::vector<double> tune_adapter(const StageTask& task, lora::AttachedAdapter& tuned,
                                 const examples::ExampleSet& set) {
  const config::RunConfig& config = task.inputs.config;
  const finetune::Config& tuning = config.tuning.finetune;
  // Begun with the first update of this attempt, so that the rate leaves out what was resumed.
  std::optional<logging::Progress> progress;
  finetune::TuneJob job{.config = tuning,
                        .loss = loss_rules(task.inputs),
                        .order = task.inputs.tuning.order,
                        .seed = config.run.seed,
                        .stage_key = task.key,
                        .checkpoint_folder = task.directory.checkpoints(),
                        .on_iteration = {}};
  job.on_iteration = [&](const finetune::IterationReport& done) {
    if (!progress) {
      progress.emplace("tuning", "iterations", tuning.iterations, done.iteration - 1);
    }
    progress->update(done.iteration, fmt::format("loss {:.4f}", done.loss));
    task.events.write("iteration", {{"iteration", done.iteration},
                                    {"loss", done.loss},
                                    {"gradient_norm", done.gradient_norm},
                                    {"learning_rate", done.learning_rate}});
  };
  return finetune::tune(task.world, tuned, set, job);
}

void write_results(const StageTask& task, const lora::LoraAdapter& adapter,
                   std::vector<double> losses, std::uint64_t num_selected) {
  const config::RunConfig& config = task.inputs.config;
  const std::filesystem::path folder = task.directory.adapter();
  support::make_directories(folder);
  // The base model's place is what peft looks for: AutoPeftModel loads the folder by itself.
  for (const auto& [name, bytes] : lora::peft_files(adapter, config.models.expert.string())) {
    support::write_file_atomically(folder / name, bytes);
  }
  const finetune::Config& tuning = config.tuning.finetune;
  const std::uint64_t seen = tuning.iterations * tuning.micro_batch * tuning.gradient_accumulation;
  support::write_file_atomically(
      task.directory.tuning(),
      finetune::to_text({num_selected, std::min(seen, num_selected), std::move(losses)}));
}

void finetune_expert(const StageTask& task) {
  const inputs::TuningInputs& given = task.inputs.tuning;
  const config::RunConfig& config = task.inputs.config;
  model::Decoder& expert = task.inputs.models.expert;
  // 1. Selected steps and their soft labels, from stored records or a file of samples.
  const examples::ExampleSet set =
      given.samples ? *given.samples
                    : examples::read_examples(task.world, task.directory.records(),
                                              inputs::example_rules(config, task.inputs.texts));
  // 2. The first adapter, joined to the expert.
  lora::LoraAdapter adapter = given.start_adapter
                                  ? *given.start_adapter
                                  : lora::make_adapter(expert, config.tuning.lora, config.run.seed);
  lora::AttachedAdapter tuned(expert, adapter);
  // 3. All iterations, from the newest good checkpoint on.
  std::vector<double> losses = tune_adapter(task, tuned, set);
  // 4. The adapter as PEFT files.
  parallel::run_on_root(task.world,
                        [&] { write_results(task, adapter, std::move(losses), set.size()); });
}

}  // namespace

Stage finetune_stage(bool samples) {
  const run::RunDirectory directory{};
  Stage stage{
      .name = run::stage_name::finetune,
      .job = run::job_name::finetune,
      .key = {.engine_version = 4,
              .settings = {"run.seed", "method.prefix", "method.skip_first_step",
                           "method.max_prefix_tokens", "method.label_vocabulary",
                           "method.loss_position", "contrast.", "lora.", "finetune."},
              .facts = {"method.pad_id", "lora.start_from", "finetune.order_file"}},
      .follows = {},
      .outputs = {directory.tuning(), directory.adapter() / lora::adapter_config_file,
                  directory.adapter() / lora::adapter_weights_file},
      .models = {.expert = true},
      .plan = plan,
      .work = finetune_expert,
  };
  if (samples) {
    stage.follows = {run::stage_name::sample};
  } else {
    stage.key.settings.emplace_back("prompt.");
    stage.key.settings.emplace_back("problems.question_field");
    for (const char* fact : {"models.expert", "problems.file", "samples.file"}) {
      stage.key.facts.emplace_back(fact);
    }
  }
  return stage;
}

}  // namespace lightreasoner::stages
