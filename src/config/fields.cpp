// SPDX-License-Identifier: Apache-2.0
#include "config/fields.hpp"

#include "config/method.hpp"

namespace lightreasoner::config {
namespace {

/// Greatest whole number every TOML reader keeps exactly.
constexpr double any_count = 9007199254740992.0;
constexpr double one_chunk = 1 << 20;

using Fields = std::vector<Field>;

void add_run(Fields& fields, RunConfig& config) {
  fields.insert(
      fields.end(),
      {{.key = "run.directory",
        .target = &config.run.directory,
        .meaning = "folder of all results, relative to the working directory",
        .required = true},
       {"run.seed", &config.run.seed, "seed of adapter, sample order and dropout", 0, any_count},
       {"run.threads_per_rank", &config.run.threads_per_rank,
        "threads of each rank; part of what results depend on", 1, 1024},
       {"run.memory_gib", &config.run.memory_gib,
        "GiB a rank may hold beside the weights, which a node holds once; 0: not limited", 0, 1e6},
       {.key = "models.expert",
        .target = &config.models.expert,
        .meaning = "Hugging Face folder of the model to tune",
        .required = true},
       {.key = "models.amateur",
        .target = &config.models.amateur,
        .meaning = "Hugging Face folder of the weaker model, of the same vocabulary",
        .required = true},
       {.key = "models.dtype",
        .target = &config.models.dtype,
        .meaning = "computed in; \"auto\" is bfloat16 for a model stored so, else float32",
        .choices = {"auto", "float32", "bfloat16"}},
       {.key = preset_key,
        .target = &config.prompt.preset,
        .meaning = "file with a [prompt] section (config/prompts); keys given beside it win",
        .names_preset = true},
       {"prompt.system", &config.prompt.format.system, "system prompt"},
       {"prompt.before_system", &config.prompt.format.before_system, "text before it"},
       {"prompt.before_question", &config.prompt.format.before_question,
        "text between it and question"},
       {"prompt.after_question", &config.prompt.format.after_question, "text up to the answer"},
       {"prompt.without_system", &config.prompt.format.without_system,
        "text up to the question where system is empty; empty: the three above"},
       {"prompt.trim", &config.prompt.format.trim,
        "take white space off the ends of system and question"},
       {"prompt.add_special_tokens", &config.prompt.format.add_special_tokens,
        "let the tokenizer add its own (BOS)"}});
}

void add_problem_set(Fields& fields, problems::Config& config, const std::string& section,
                     const std::string& purpose) {
  fields.insert(fields.end(),
                {{.key = section + ".file",
                  .target = &config.file,
                  .meaning = "problem set to " + purpose + ", JSON Lines",
                  .required = true},
                 {section + ".question_field", &config.question_field, "its field with the text"},
                 {section + ".answer_field", &config.answer_field, "its field with the answer"}});
}

void add_sampling(Fields& fields, RunConfig& config) {
  sampling::Config& sampling = config.supervision.sampling;
  contrast::Config& contrast = config.supervision.contrast;
  records::Config& records = config.supervision.records;
  fields.insert(fields.end(),
                {{"samples.file", &config.supervision.samples.file,
                  "finished samples (JSON Lines of the released Python) to tune on; no sampling"},
                 {"sampling.max_problems", &sampling.max_problems,
                  "first problems of the set, 0: all", 0, any_count},
                 {"sampling.max_new_tokens", &sampling.max_new_tokens,
                  "longest greedy continuation", 1, one_chunk},
                 {.key = "sampling.problems_per_unit",
                  .target = &sampling.problems_per_unit,
                  .meaning = "problems decoded together: the unit dealt to ranks, or \"auto\"",
                  .least = 1,
                  .greatest = one_chunk,
                  .takes_auto = true},
                 {.key = "sampling.steps_per_chunk",
                  .target = &sampling.steps_per_chunk,
                  .meaning = "steps whose logits are held at once, or \"auto\"",
                  .least = 1,
                  .greatest = one_chunk,
                  .takes_auto = true},
                 {"contrast.kl_beta", &contrast.kl_beta,
                  "a step is selected from this KL on, in nats", 0, 1e6},
                 {"contrast.plausibility_alpha", &contrast.plausibility_alpha,
                  "label support, as a share of the top probability", 0, 1},
                 {"contrast.plausibility_floor", &contrast.plausibility_floor,
                  "support kept in records; alpha may be anything from here on", 0, 1},
                 {"records.units_per_shard", &records.units_per_shard, "units of one HDF5 shard", 1,
                  any_count},
                 {"records.shards_per_commit", &records.shards_per_commit,
                  "shards sampled between two manifests", 1, any_count}});
}

void add_finetune(Fields& fields, RunConfig& config) {
  lora::Config& lora = config.tuning.lora;
  finetune::Config& tuning = config.tuning.finetune;
  fields.insert(
      fields.end(),
      {{"lora.start_from", &lora.start_from,
        "PEFT folder to go on from; its rank, lora_alpha and target_modules count"},
       {"lora.rank", &lora.rank, "width of the adapter", 1, one_chunk},
       {"lora.lora_alpha", &lora.lora_alpha, "adapter scale times rank", 0, 1e6},
       {"lora.dropout", &lora.dropout, "dropout on the adapter's input while tuning", 0, 0.999},
       {"lora.target_modules", &lora.target_modules, "projections that get an adapter"},
       {"finetune.iterations", &tuning.iterations, "optimizer updates", 1, any_count},
       {"finetune.learning_rate", &tuning.optimizer.learning_rate, "at first; falls linearly to 0",
        0, 1e3},
       {.key = "finetune.micro_batch",
        .target = &tuning.micro_batch,
        .meaning = "samples of one forward pass; \"auto\": of 8 x gradient_accumulation, the most "
                   "that fit",
        .least = 1,
        .greatest = one_chunk,
        .takes_auto = true},
       {"finetune.gradient_accumulation", &tuning.gradient_accumulation,
        "micro-batches of an update, over all ranks together", 1, one_chunk},
       {"finetune.activation_checkpointing", &tuning.activation_checkpointing,
        "layers run again in the backward pass: less memory, more time, the same bits"},
       {"finetune.order_file", &tuning.order_file,
        "sample order: 0-based numbers of selected steps, one a line, used in turn"},
       {"finetune.max_gradient_norm", &tuning.optimizer.max_gradient_norm, "gradient clipping", 0,
        1e9},
       {"finetune.weight_decay", &tuning.optimizer.weight_decay, "AdamW's", 0, 1e3},
       {"finetune.adam_beta1", &tuning.optimizer.adam_beta1, "AdamW's first decay", 0, 1},
       {"finetune.adam_beta2", &tuning.optimizer.adam_beta2, "AdamW's second decay", 0, 1},
       {"finetune.adam_epsilon", &tuning.optimizer.adam_epsilon, "AdamW's epsilon", 0, 1},
       {"finetune.checkpoint_interval", &tuning.checkpoints.interval,
        "iterations between checkpoints", 1, any_count},
       {"finetune.checkpoints_kept", &tuning.checkpoints.kept, "newest checkpoints kept", 2,
        1000}});
}

void add_evaluation(Fields& fields, RunConfig& config) {
  evaluation::Config& evaluation = config.evaluation.settings;
  fields.insert(
      fields.end(),
      {{"evaluation.name", &evaluation.name, "the set's name in scores and tables"},
       {"evaluation.max_problems", &evaluation.max_problems, "first problems of the set, 0: all", 0,
        any_count},
       {"evaluation.max_new_tokens", &evaluation.max_new_tokens, "longest answer", 1, one_chunk},
       {.key = "evaluation.problems_per_unit",
        .target = &evaluation.problems_per_unit,
        .meaning = "problems decoded together: the unit dealt to ranks, or \"auto\"",
        .least = 1,
        .greatest = one_chunk,
        .takes_auto = true}});
}

}  // namespace

std::vector<Field> fields_of(RunConfig& config) {
  Fields fields;
  add_run(fields, config);
  add_method(fields, config);
  add_problem_set(fields, config.supervision.problems, "problems", "sample and tune on");
  add_sampling(fields, config);
  add_finetune(fields, config);
  add_problem_set(fields, config.evaluation.problems, "evaluation", "evaluate on");
  add_evaluation(fields, config);
  return fields;
}

}  // namespace lightreasoner::config
