// SPDX-License-Identifier: Apache-2.0
/// The sampling stage's settings.
#pragma once

#include "records/config.hpp"
#include "text/prompt.hpp"

#include <cstdint>

namespace lightreasoner::sampling {

/// What the expert decodes by: its logits, or what generation_config.json's processors make of
/// them.
enum class Scores { raw, processed };
/// What the amateur's softmax is computed in: float32, or the model's own type.
enum class AmateurSoftmax { float32, model };
/// What is contrasted: the tokens both models know, renormalised, or the tokens up to the narrower
/// head's width, not renormalised.
enum class Vocabulary { shared, cut };
/// What the amateur sees: its prefix, or of that only what is no pad token.
enum class AttentionMask { prefix, not_pad };

/// Where the released Python departs from the paper's equations while it samples; the defaults are
/// the paper's. [method] in a run file.
struct SamplingMethod {
  text::PrefixForm prefix = text::PrefixForm::ids;  ///< of what the amateur reads
  Scores scores = Scores::raw;
  double log_epsilon = 0;  ///< added to probabilities inside logarithms
  AmateurSoftmax amateur_softmax = AmateurSoftmax::float32;
  Vocabulary vocabulary = Vocabulary::shared;
  AttentionMask attention_mask = AttentionMask::prefix;
};

struct Config {
  std::uint64_t max_problems = 0;        ///< first problems of the set, 0: all
  std::int64_t max_new_tokens = 128;     ///< T of the paper's runs
  std::uint64_t problems_per_unit = 16;  ///< decoded together; bits depend on it
  std::int64_t steps_per_chunk = 32;     ///< steps whose logits are held at once
  SamplingMethod method;
};

/// The settings of several modules that sampling obeys.
struct StageSettings {
  Config sampling;
  records::Config records;
  float plausibility_floor = 0;
};

}  // namespace lightreasoner::sampling
