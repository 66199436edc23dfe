// SPDX-License-Identifier: Apache-2.0
#include "config/method.hpp"

namespace lightreasoner::config {
namespace {

using examples::LabelVocabulary;
using examples::LossPosition;
using sampling::AmateurSoftmax;
using sampling::AttentionMask;
using sampling::Scores;
using sampling::Vocabulary;
using support::between;
using text::PrefixForm;

using Fields = std::vector<Field>;

void add_sampling_method(Fields& fields, sampling::SamplingMethod& method) {
  fields.insert(
      fields.end(),
      {{"method.prefix",
        choice_of(method.prefix, {{"ids", PrefixForm::ids}, {"text", PrefixForm::text}}),
        "what models read before a step: token ids, or text tokenised again"},
       {"method.scores",
        choice_of(method.scores, {{"raw", Scores::raw}, {"processed", Scores::processed}}),
        "the expert's logits, or what generation_config.json's processors make of them"},
       {"method.log_epsilon", &method.log_epsilon, "added to probabilities inside logarithms",
        between(0, 1e-3)},
       {"method.amateur_softmax",
        choice_of(method.amateur_softmax,
                  {{"float32", AmateurSoftmax::float32}, {"model", AmateurSoftmax::model}}),
        "precision of the amateur's softmax: float32, or the model's own"},
       {"method.vocabulary",
        choice_of(method.vocabulary, {{"shared", Vocabulary::shared}, {"cut", Vocabulary::cut}}),
        "tokens contrasted: those both models know, renormalised, or a cut at the narrower head"},
       {"method.attention_mask",
        choice_of(method.attention_mask,
                  {{"prefix", AttentionMask::prefix}, {"not_pad", AttentionMask::not_pad}}),
        "what the amateur sees: the prefix, or the prefix without pad tokens"}});
}

void add_tuning_method(Fields& fields, examples::TuningMethod& method) {
  fields.insert(
      fields.end(),
      {{"method.max_prefix_tokens", &method.max_prefix_tokens,
        "tuning reads only so many first tokens of a prefix, 0: all", between(0, 1 << 20)},
       {"method.label_vocabulary",
        choice_of(method.label_vocabulary,
                  {{"head", LabelVocabulary::head}, {"tokenizer", LabelVocabulary::tokenizer}}),
        "width of labels and of the loss's softmax: the head, or the tokenizer without added "
        "tokens"},
       {"method.loss_position",
        choice_of(method.loss_position,
                  {{"last", LossPosition::last}, {"padded", LossPosition::padded}}),
        "where the loss looks: at a prefix's last token, or at its micro-batch's last place"}});
}

}  // namespace

void add_method(Fields& fields, RunConfig& config) {
  fields.push_back(
      {"method.mode",
       choice_of(config.method.mode, {{"paper", Mode::paper}, {"reference", Mode::reference}}),
       "\"paper\": the paper's equations; \"reference\": as the released Python, "
       "which sets every key of this section"});
  add_sampling_method(fields, config.supervision.sampling.method);
  fields.push_back({"method.skip_first_step", &config.supervision.contrast.skip_first_step,
                    "the first generated token is never a sample"});
  add_tuning_method(fields, config.tuning.finetune.method);
}

void set_reference_method(RunConfig& config) {
  config.supervision.sampling.method = {.prefix = PrefixForm::text,
                                        .scores = Scores::processed,
                                        .log_epsilon = 1e-12,
                                        .amateur_softmax = AmateurSoftmax::model,
                                        .vocabulary = Vocabulary::cut,
                                        .attention_mask = AttentionMask::not_pad};
  config.supervision.contrast.skip_first_step = true;
  config.tuning.finetune.method = {.prefix = PrefixForm::text,
                                   .max_prefix_tokens = 512,
                                   .label_vocabulary = LabelVocabulary::tokenizer,
                                   .loss_position = LossPosition::padded};
}

}  // namespace lightreasoner::config
