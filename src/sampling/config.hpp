// SPDX-License-Identifier: Apache-2.0
/// The sampling stage's settings.
#pragma once

#include <cstdint>
#include <string>

namespace lightreasoner::sampling {

/// Where the released Python departs from the paper's equations while it samples; the defaults are
/// the paper's. [method] in a run file.
struct Method {
  std::string prefix = "ids";               ///< "text": the amateur reads re-tokenised text
  std::string scores = "raw";               ///< "processed": generation_config's processors apply
  double log_epsilon = 0;                   ///< added to probabilities inside logarithms
  std::string amateur_softmax = "float32";  ///< "model": in the model's own dtype
  std::string vocabulary = "shared";        ///< "cut": to the narrower head, not renormalised
  std::string attention_mask = "prefix";    ///< "not_pad": pad tokens in a prefix are not seen
};

struct Config {
  std::uint64_t max_problems = 0;        ///< first problems of the set, 0: all
  std::int64_t max_new_tokens = 128;     ///< T of the paper's runs
  std::uint64_t problems_per_unit = 16;  ///< micro-batch; part of the result's identity
  std::int64_t steps_per_chunk = 32;     ///< steps whose logits are held at once
  Method method;
};

/// Throws UserError naming the key.
void validate(const Config& config);

}  // namespace lightreasoner::sampling
