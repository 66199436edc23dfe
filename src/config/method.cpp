// SPDX-License-Identifier: Apache-2.0
#include "config/method.hpp"

namespace lightreasoner::config {

void add_method(std::vector<Field>& fields, RunConfig& config) {
  sampling::Method& sampling = config.supervision.sampling.method;
  examples::Method& tuning = config.tuning.finetune.method;
  const auto add_choice = [&](const char* name, std::string& target, const char* meaning,
                              std::vector<std::string> choices) {
    fields.push_back({.key = std::string("method.") + name,
                      .target = &target,
                      .meaning = meaning,
                      .choices = std::move(choices)});
  };
  add_choice("mode", config.method.mode,
             "\"paper\": the paper's equations; \"reference\": as the released Python, which sets "
             "every key of this section",
             {"paper", "reference"});
  add_choice("prefix", sampling.prefix,
             "what models read before a step: token ids, or text tokenised again", {"ids", "text"});
  add_choice("scores", sampling.scores,
             "the expert's logits, or what generation_config.json's processors make of them",
             {"raw", "processed"});
  fields.push_back({"method.log_epsilon", &sampling.log_epsilon,
                    "added to probabilities inside logarithms", 0, 1e-3});
  add_choice("amateur_softmax", sampling.amateur_softmax,
             "precision of the amateur's softmax: float32, or the model's own",
             {"float32", "model"});
  add_choice(
      "vocabulary", sampling.vocabulary,
      "tokens contrasted: those both models know, renormalised, or a cut at the narrower head",
      {"shared", "cut"});
  add_choice("attention_mask", sampling.attention_mask,
             "what the amateur sees: the prefix, or the prefix without pad tokens",
             {"prefix", "not_pad"});
  fields.push_back({.key = "method.skip_first_step",
                    .target = &config.supervision.contrast.skip_first_step,
                    .meaning = "the first generated token is never a sample"});
  fields.push_back({"method.max_prefix_tokens", &tuning.max_prefix_tokens,
                    "tuning reads only so many first tokens of a prefix, 0: all", 0, 1 << 20});
  add_choice("label_vocabulary", tuning.label_vocabulary,
             "width of labels and of the loss's softmax: the head, or the tokenizer without added "
             "tokens",
             {"head", "tokenizer"});
  add_choice("loss_position", tuning.loss_position,
             "where the loss looks: at a prefix's last token, or at its micro-batch's last column",
             {"last", "padded"});
}

void set_reference_method(RunConfig& config) {
  config.supervision.sampling.method = {.prefix = "text",
                                        .scores = "processed",
                                        .log_epsilon = 1e-12,
                                        .amateur_softmax = "model",
                                        .vocabulary = "cut",
                                        .attention_mask = "not_pad"};
  config.supervision.contrast.skip_first_step = true;
  config.tuning.finetune.method = {.prefix = "text",
                                   .max_prefix_tokens = 512,
                                   .label_vocabulary = "tokenizer",
                                   .loss_position = "padded"};
}

}  // namespace lightreasoner::config
