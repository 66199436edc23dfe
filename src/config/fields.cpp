// SPDX-License-Identifier: Apache-2.0
#include "config/fields.hpp"

#include "config/method.hpp"

namespace lightreasoner::config {
namespace {

using placement::DeviceKind;
using problems::TooLong;
using support::above;
using support::below;
using support::between;

/// Up to here a double holds every whole number.
constexpr double any_count = 0x1p53;
/// Far beyond any use, and small enough that products of two such sizes fit.
constexpr double one_chunk = 1 << 20;
/// Small enough that the product of two, and of a problem count, fits.
constexpr double one_commit = 1000000;

using Fields = std::vector<Field>;

void add_run(Fields& fields, RunConfig& config) {
  RunSection& run = config.run;
  ModelsSection& models = config.models;
  fields.insert(
      fields.end(),
      {{.key = "run.directory",
        .target = &run.directory,
        .meaning = "folder of all results, relative to the working directory",
        .required = true,
        .path = PathUse::output},
       {"run.seed", &run.seed, "seed of adapter, sample order and dropout", between(0, any_count)},
       {"run.threads_per_rank", &run.threads_per_rank,
        "threads of each rank; part of what results depend on", between(1, 1024)},
       {"run.memory_gib", &run.memory_gib,
        "GiB a rank may hold beside the weights where it computes; 0: as much as is there",
        between(0, 1e6)},
       {"run.device",
        choice_of(
            run.placement.device,
            {{"auto", DeviceKind::automatic}, {"cpu", DeviceKind::cpu}, {"gpu", DeviceKind::gpu}}),
        "computed on; \"auto\" is a GPU where every rank sees one, else the CPU"},
       {"run.share_device", &run.placement.share_device,
        "let several ranks of a node compute on one GPU where there are fewer GPUs than ranks"},
       {.key = "models.expert",
        .target = &models.expert,
        .meaning = "Hugging Face folder of the model to tune",
        .required = true},
       {.key = "models.amateur",
        .target = &models.amateur,
        .meaning = "Hugging Face folder of the weaker model, of the same vocabulary",
        .required = true},
       {"models.dtype",
        choice_of(models.dtype, {{"auto", ComputeType::automatic},
                                 {"float32", ComputeType::float32},
                                 {"bfloat16", ComputeType::bfloat16}}),
        "computed in; \"auto\" is bfloat16 for a model stored so, else float32"}});
}

void add_prompt(Fields& fields, PromptSection& prompt) {
  text::PromptFormat& format = prompt.format;
  fields.insert(
      fields.end(),
      {{.key = "prompt.preset",
        .target = &prompt.preset,
        .meaning = "file with a [prompt] section (config/prompts); keys given beside it win",
        .path = PathUse::preset},
       {"prompt.system", &format.system, "system prompt"},
       {"prompt.before_system", &format.before_system, "text before it"},
       {"prompt.before_question", &format.before_question, "text between it and question"},
       {"prompt.after_question", &format.after_question, "text up to the answer"},
       {"prompt.without_system", &format.without_system,
        "text up to the question where system is empty; empty: the three above"},
       {"prompt.trim", &format.trim, "take white space off the ends of system and question"},
       {"prompt.add_special_tokens", &format.add_special_tokens,
        "let the tokenizer add its own (BOS)"},
       {"prompt.plain_markers", &format.plain_markers,
        "take markers such as <|user|> as plain text where the tokenizer has no token for them"}});
}

void add_supervision(Fields& fields, SupervisionSections& supervision) {
  problems::Config& problems = supervision.problems;
  sampling::Config& sampling = supervision.sampling;
  contrast::Config& contrast = supervision.contrast;
  records::Config& records = supervision.records;
  fields.insert(
      fields.end(),
      {{.key = "problems.file",
        .target = &problems.file,
        .meaning = "problem set to sample and tune on, JSON Lines",
        .required = true},
       {.key = "problems.question_field",
        .target = &problems.question_fields,
        .meaning = "its field with the text, or several, joined by a space",
        .not_empty = true},
       {.key = "problems.answer_field",
        .target = &problems.answer_field,
        .meaning = "its field with the answer",
        .not_empty = true},
       {"problems.too_long",
        choice_of(problems.too_long, {{"refuse", TooLong::refuse}, {"skip", TooLong::set_aside}}),
        "a problem that leaves no room for max_new_tokens: an error, or left out"},
       {"samples.file", &supervision.samples.file,
        "finished samples (JSON Lines of the released Python) to tune on; no sampling"},
       {"sampling.max_problems", &sampling.max_problems, "first problems of the set, 0: all",
        between(0, any_count)},
       {"sampling.max_new_tokens", &sampling.max_new_tokens, "longest greedy continuation",
        between(1, one_chunk)},
       {.key = "sampling.problems_per_unit",
        .target = &sampling.problems_per_unit,
        .meaning = "problems decoded together: the unit dealt to ranks, or \"auto\"",
        .range = between(1, one_chunk),
        .takes_auto = true},
       {.key = "sampling.steps_per_chunk",
        .target = &sampling.steps_per_chunk,
        .meaning = "steps whose logits are held at once, or \"auto\"",
        .range = between(1, one_chunk),
        .takes_auto = true},
       {"contrast.kl_beta", &contrast.kl_beta, "a step is selected from this KL on, in nats",
        between(0, 1e6)},
       {"contrast.plausibility_alpha", &contrast.plausibility_alpha,
        "label support, as a share of the top probability", above(0, 1)},
       {"contrast.plausibility_floor", &contrast.plausibility_floor,
        "support kept in records; alpha may be anything from here on", above(0, 1)},
       {"records.units_per_shard", &records.units_per_shard, "units of one HDF5 shard",
        between(1, one_commit)},
       {"records.shards_per_commit", &records.shards_per_commit,
        "shards sampled between two manifests", between(1, one_commit)}});
}

void add_lora(Fields& fields, lora::Config& lora) {
  fields.insert(
      fields.end(),
      {{"lora.start_from", &lora.start_from,
        "PEFT folder to go on from; its rank, lora_alpha and target_modules count"},
       {"lora.rank", &lora.rank, "width of the adapter", lora::rank_range},
       {"lora.lora_alpha", &lora.lora_alpha, "adapter scale times rank", lora::alpha_range},
       {"lora.dropout", &lora.dropout, "dropout on the adapter's input while tuning",
        lora::dropout_range},
       {"lora.target_modules",
        WordList{[&lora] { return lora::names_of(lora.target_modules); },
                 [&lora](const std::vector<std::string>& names) {
                   lora.target_modules = lora::parse_target_modules(names);
                 }},
        "projections that get an adapter"}});
}

void add_finetune(Fields& fields, finetune::Config& tuning) {
  finetune::OptimizerConfig& optimizer = tuning.optimizer;
  finetune::CheckpointConfig& checkpoints = tuning.checkpoints;
  fields.insert(
      fields.end(),
      {{"finetune.iterations", &tuning.iterations, "optimizer updates", between(1, any_count)},
       {"finetune.learning_rate", &optimizer.learning_rate, "at first; falls linearly to 0",
        above(0, 1e3)},
       {.key = "finetune.micro_batch",
        .target = &tuning.micro_batch,
        .meaning = "samples of one forward pass; \"auto\": the largest parts of an update that fit",
        .range = between(1, one_chunk),
        .takes_auto = true},
       {"finetune.gradient_accumulation", &tuning.gradient_accumulation,
        "micro-batches of an update, over all ranks together", between(1, one_chunk)},
       {"finetune.activation_checkpointing", &tuning.activation_checkpointing,
        "layers run again in the backward pass: less memory, more time, the same bits"},
       {"finetune.order_file", &tuning.order_file,
        "sample order: 0-based numbers of selected steps, one a line, used in turn"},
       {"finetune.max_gradient_norm", &optimizer.max_gradient_norm, "gradient clipping",
        above(0, 1e9)},
       {"finetune.weight_decay", &optimizer.weight_decay, "AdamW's", between(0, 1e3)},
       {"finetune.adam_beta1", &optimizer.adam_beta1, "AdamW's first decay", below(0, 1)},
       {"finetune.adam_beta2", &optimizer.adam_beta2, "AdamW's second decay", below(0, 1)},
       {"finetune.adam_epsilon", &optimizer.adam_epsilon, "AdamW's epsilon", above(0, 1)},
       {"finetune.checkpoint_interval", &checkpoints.interval, "iterations between checkpoints",
        between(1, any_count)},
       // A damaged newest checkpoint needs an older one to fall back to.
       {"finetune.checkpoints_kept", &checkpoints.kept, "newest checkpoints kept",
        between(2, 1000)}});
}

void add_evaluation(Fields& fields, EvaluationSection& section) {
  problems::Config& problems = section.problems;
  evaluation::Config& evaluation = section.settings;
  fields.insert(
      fields.end(),
      {{.key = "evaluation.file",
        .target = &problems.file,
        .meaning = "problem set to evaluate on, JSON Lines",
        .required = true},
       {.key = "evaluation.question_field",
        .target = &problems.question_fields,
        .meaning = "its field with the text, or several, joined by a space",
        .not_empty = true},
       {.key = "evaluation.answer_field",
        .target = &problems.answer_field,
        .meaning = "its field with the answer",
        .not_empty = true},
       {"evaluation.too_long",
        choice_of(problems.too_long, {{"refuse", TooLong::refuse}, {"wrong", TooLong::set_aside}}),
        "a problem that leaves no room for max_new_tokens: an error, or a wrong answer"},
       {.key = "evaluation.name",
        .target = &evaluation.name,
        .meaning = "the set's name in scores and tables",
        .not_empty = true},
       {"evaluation.max_problems", &evaluation.max_problems, "first problems of the set, 0: all",
        between(0, any_count)},
       {"evaluation.max_new_tokens", &evaluation.max_new_tokens, "longest answer",
        between(1, one_chunk)},
       {.key = "evaluation.problems_per_unit",
        .target = &evaluation.problems_per_unit,
        .meaning = "problems decoded together: the unit dealt to ranks, or \"auto\"",
        .range = between(1, one_chunk),
        .takes_auto = true}});
}

}  // namespace

std::vector<Field> fields_of(RunConfig& config) {
  Fields fields;
  add_run(fields, config);
  add_prompt(fields, config.prompt);
  add_method(fields, config);
  add_supervision(fields, config.supervision);
  add_lora(fields, config.tuning.lora);
  add_finetune(fields, config.tuning.finetune);
  add_evaluation(fields, config.evaluation);
  return fields;
}

}  // namespace lightreasoner::config
