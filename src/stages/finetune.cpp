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
#include "report/read_run.hpp"
#include "run/names.hpp"
#include "support/files.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace lightreasoner::stages {
namespace {

/// The longest prefix that tuning may read, in tokens.
std::int64_t longest_prefix(const config::RunConfig& settings, const FinetuneInputs& inputs) {
  std::int64_t prefix = inputs.longest_prompt + settings.supervision.sampling.max_new_tokens - 1;
  if (inputs.given.samples) {
    prefix = 0;
    for (const auto& example : inputs.given.samples->examples) {
      prefix = std::max(prefix, std::int64_t{example.prefix_length});
    }
  }
  const auto most = static_cast<std::int64_t>(settings.tuning.finetune.method.max_prefix_tokens);
  return most > 0 ? std::min(prefix, most) : prefix;
}

planning::MemoryLines plan_examples(const config::RunConfig& settings,
                                    const FinetuneInputs& inputs) {
  const config::SupervisionSections& supervision = settings.supervision;
  const std::uint64_t problems_per_shard =
      supervision.sampling.problems_per_unit * supervision.records.units_per_shard;
  return examples::plan_memory(
      {.num_problems = inputs.num_problems,
       .problems_per_shard = problems_per_shard,
       .prompt = static_cast<std::uint64_t>(inputs.longest_prompt),
       .steps = static_cast<std::uint64_t>(supervision.sampling.max_new_tokens)},
      supervision.contrast, settings.tuning.finetune.method);
}

StageMemory plan(const config::RunConfig& settings, const FinetuneInputs& inputs,
                 planning::ComputesOn computes_on) {
  const lora::Config& lora = settings.tuning.lora;
  planning::MemoryLines lines = finetune::plan_memory(
      settings.tuning.finetune,
      {model::size_of(inputs.expert, computes_on), lora, longest_prefix(settings, inputs),
       lora::count_parameters(inputs.expert, lora)});
  const planning::MemoryLines examples = inputs.given.samples
                                             ? examples::plan_memory(*inputs.given.samples)
                                             : plan_examples(settings, inputs);
  lines.insert(lines.end(), examples.begin(), examples.end());
  return {lines};
}

/// An update keeps its samples: as many as with the usual micro-batch, cut into the largest parts.
void choose_sizes(config::RunConfig& settings, const SizeChoice& choice) {
  finetune::Config& config = settings.tuning.finetune;
  if (!config::is_automatic(config.micro_batch)) {
    return;
  }
  const std::uint64_t samples = finetune::Config{}.micro_batch * config.gradient_accumulation;
  const auto cut = [samples](finetune::Config& into, std::uint64_t micro_batch) {
    into.micro_batch = micro_batch;
    into.gradient_accumulation = samples / micro_batch;
  };
  if (choice.begun_with != nullptr) {
    const std::uint64_t begun = choice.begun_with->tuning.finetune.micro_batch;
    if (samples % begun == 0) {  // else the update is another one
      cut(config, begun);
      return;
    }
  }
  std::uint64_t most = 1;
  while (samples % (2 * most) == 0) {
    most *= 2;
  }
  cut(config, largest_fitting(most, [&](std::uint64_t size) {
        config::RunConfig trial = settings;
        cut(trial.tuning.finetune, size);
        return choice.fits(trial);
      }));
}

finetune::LossRules loss_rules(const finetune::Config& config, const inputs::Texts& texts) {
  finetune::LossRules rules;
  if (config.method.label_vocabulary == examples::LabelVocabulary::tokenizer) {
    rules.label_width = texts.tokenizer.base_size();
  }
  rules.at_padded_place = config.method.loss_position == examples::LossPosition::padded;
  rules.pad_id = texts.pad_id.value_or(0);
  rules.recomputes_layers = config.activation_checkpointing;
  return rules;
}

std::vector<double> tune_adapter(const StageTask& task, const FinetuneInputs& inputs,
                                 lora::AttachedAdapter& tuned, const examples::ExampleSet& set) {
  const finetune::Config& tuning = task.config.tuning.finetune;
  // Begun with the first update of this attempt, so that the rate leaves out what was resumed.
  std::optional<logging::Progress> progress;
  finetune::TuneJob job{.config = tuning,
                        .loss = loss_rules(tuning, inputs.texts),
                        .order = inputs.given.order,
                        .seed = task.config.run.seed,
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
  const std::filesystem::path folder = task.directory.adapter();
  support::make_directories(folder);
  // The base model's place is what peft looks for: AutoPeftModel loads the folder by itself.
  for (const auto& [name, bytes] : lora::peft_files(adapter, task.config.models.expert.string())) {
    support::write_file_atomically(folder / name, bytes);
  }
  const finetune::Config& tuning = task.config.tuning.finetune;
  const std::uint64_t seen = tuning.iterations * tuning.micro_batch * tuning.gradient_accumulation;
  support::write_file_atomically(
      task.directory.tuning(),
      finetune::to_text({num_selected, std::min(seen, num_selected), std::move(losses)}));
}

void finetune_expert(const StageTask& task, const FinetuneInputs& inputs) {
  const config::RunConfig& config = task.config;
  // 1. Selected steps and their soft labels, from stored records or a file of samples.
  examples::ExampleSet read;
  if (!inputs.given.samples) {
    read = examples::read_examples(task.world, task.directory.records(),
                                   inputs::example_rules(config, inputs.texts));
  }
  const examples::ExampleSet& set = inputs.given.samples ? *inputs.given.samples : read;
  // 2. The first adapter, joined to the expert.
  lora::LoraAdapter adapter =
      lora::to_device(inputs.given.start_adapter
                          ? *inputs.given.start_adapter
                          : lora::make_adapter(inputs.expert, config.tuning.lora, config.run.seed),
                      inputs.expert.device());
  lora::AttachedAdapter tuned(inputs.expert, adapter);
  // 3. All iterations, from the newest good checkpoint on.
  std::vector<double> losses = tune_adapter(task, inputs, tuned, set);
  // 4. The adapter as PEFT files.
  parallel::run_on_root(task.world,
                        [&] { write_results(task, adapter, std::move(losses), set.size()); });
}

/// What the key is made of beside the records or samples.
KeyRule key_rule() {
  return {.engine_version = 4,
          .settings = {"run.seed", "method.prefix", "method.skip_first_step",
                       "method.max_prefix_tokens", "method.label_vocabulary",
                       "method.loss_position", "contrast.", "lora.", "finetune."},
          .without_effect = {"lora.start_from", "finetune.order_file",
                             "finetune.checkpoint_interval", "finetune.checkpoints_kept",
                             "finetune.activation_checkpointing", "prompt.plain_markers"},
          .facts = {"method.pad_id", "lora.start_from", "finetune.order_file"}};
}

}  // namespace

Stage finetune_stage(bool samples, const FinetuneInputs& inputs) {
  const run::RunDirectory paths{};
  Stage stage{
      .name = run::stage_name::finetune,
      .job = run::Job::finetune,
      .key = key_rule(),
      .outputs = {paths.tuning(), paths.adapter() / lora::adapter_config_file,
                  paths.adapter() / lora::adapter_weights_file},
      .weights = {.expert = true, .start_adapter = true},
      .memory = {.plan = [=](const auto& settings,
                             auto computes_on) { return plan(settings, inputs, computes_on); },
                 .sizes = {"finetune.micro_batch", "finetune.gradient_accumulation"},
                 .choose_sizes = choose_sizes},
      .work = [=](const StageTask& task) { finetune_expert(task, inputs); },
      .summarise = [](const auto& directory, const auto& /*config*/,
                      auto& summary) { report::add_tuning(summary, directory); },
  };
  if (samples) {
    stage.key.follows.emplace_back(run::stage_name::sample);
  } else {
    stage.key.settings.insert(stage.key.settings.end(), {"prompt.", "problems.question_field"});
    stage.key.facts.insert(stage.key.facts.end(),
                           {"models.expert", "problems.file", "samples.file"});
  }
  return stage;
}

}  // namespace lightreasoner::stages
