// SPDX-License-Identifier: Apache-2.0
/// The embedded pair on the first problems of its set.
#pragma once

#include "model/build_decoder.hpp"
#include "problems/problem.hpp"
#include "sampling/sample_unit.hpp"
#include "support/files.hpp"
#include "text/prompt.hpp"
#include "text/shared_vocabulary.hpp"
#include "text/tokenizer.hpp"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace lightreasoner::sampling {

struct DemoPair {
  explicit DemoPair(std::size_t num_problems) {
    const problems::Config config{folder / "problems/train.jsonl"};
    problems = problems::parse_problems(support::read_file(config.file), config, false);
    problems.resize(num_problems);
  }

  [[nodiscard]] Pair pair() const {
    return {expert, amateur, tokenizer, tokenizer, shared, prompt};
  }

  std::filesystem::path folder = LIGHTREASONER_SOURCE_DIR "/config/demo";
  model::Decoder expert = model::load_decoder(folder / "expert");
  model::Decoder amateur = model::load_decoder(folder / "amateur");
  text::Tokenizer tokenizer = text::Tokenizer::parse(
      support::read_file(folder / "expert/tokenizer.json"), "tokenizer.json");
  text::SharedVocabulary shared = text::cut_vocabulary(485, 485);
  text::PromptFormat prompt = {.system = "Please reason step by step."};
  std::vector<problems::Problem> problems;
};

}  // namespace lightreasoner::sampling
