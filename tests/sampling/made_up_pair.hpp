// SPDX-License-Identifier: Apache-2.0
/// A pair of models made in memory, and the plan of sampling with them.
#pragma once

#include "device/back_end.hpp"
#include "model/build_decoder.hpp"
#include "model/made_up_model.hpp"
#include "model/memory.hpp"
#include "planning/memory_plan.hpp"
#include "sampling/memory.hpp"
#include "sampling/sample_unit.hpp"
#include "support/files.hpp"

#include <algorithm>
#include <c10/core/ScalarType.h>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace lightreasoner::testing_support {

/// Two made-up models behind the demo's tokenizer.
struct MadeUpPair {
  std::filesystem::path demo = LIGHTREASONER_SOURCE_DIR "/config/demo";
  model::Decoder expert;
  model::Decoder amateur;
  text::Tokenizer tokenizer =
      text::Tokenizer::parse(support::read_file(demo / "expert/tokenizer.json"), "tokenizer.json");
  text::SharedVocabulary shared;
  text::PromptFormat prompt = {.system = "Please reason step by step."};
  std::vector<problems::Problem> problems;

  MadeUpPair(std::int64_t vocabulary, at::ScalarType dtype, std::size_t num_problems,
             device::Device device = device::Device(device::host))
      : expert(model::to_device(made_up_decoder(small_shape(vocabulary), dtype), device)),
        amateur(model::to_device(made_up_decoder(small_shape(vocabulary), dtype), device)),
        shared(text::cut_vocabulary(vocabulary, vocabulary)) {
    const problems::Config config{demo / "problems/train.jsonl"};
    problems = problems::parse_problems(support::read_file(config.file), config, false);
    problems.resize(num_problems);
  }
  void sample(const sampling::Config& config) const {
    const sampling::Pair pair{expert, amateur, tokenizer, tokenizer, shared, prompt};
    static_cast<void>(sampling::sample_unit(pair, problems, config, 0.02F));
  }
  [[nodiscard]] planning::MemoryLines plan(
      const sampling::Config& config,
      planning::ComputesOn computes_on = planning::ComputesOn::cpu) const {
    std::int64_t longest = 0;
    for (const problems::Problem& problem : problems) {
      longest =
          std::max(longest, std::ssize(text::encode_prompt(tokenizer, prompt, problem.question)));
    }
    return sampling::plan_memory({config, {}, 0.02F},
                                 {.expert = model::size_of(expert, computes_on),
                                  .amateur = model::size_of(amateur, computes_on),
                                  .expert_prompt = longest,
                                  .amateur_prompt = longest,
                                  .num_problems = std::ssize(problems),
                                  .num_shared = std::ssize(shared.expert_ids),
                                  .shared_are_leading = shared.is_leading});
  }
};

}  // namespace lightreasoner::testing_support
