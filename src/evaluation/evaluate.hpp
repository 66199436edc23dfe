// SPDX-License-Identifier: Apache-2.0
/// Accuracy of a model on a problem set, with one line of evidence a problem.
#pragma once

#include "evaluation/config.hpp"
#include "evaluation/predictions.hpp"
#include "model/decoder.hpp"
#include "parallel/communicator.hpp"
#include "problems/problem.hpp"
#include "text/prompt.hpp"

#include <span>
#include <vector>

namespace lightreasoner::evaluation {

/// What answers problems, not owned.
struct Solver {
  const model::Decoder& decoder;
  const text::Tokenizer& tokenizer;
  const text::PromptFormat& prompt;
};

/// Greedy decoding of `problems` in fixed units dealt out over ranks. A problem that leaves no room
/// for config.max_new_tokens is not asked and wrong. All predictions in problem order on rank 0,
/// nothing elsewhere. Collective over comm.
[[nodiscard]] std::vector<Prediction> predict(const parallel::Communicator& comm,
                                              const Solver& solver,
                                              std::span<const problems::Problem> problems,
                                              const Config& config);

}  // namespace lightreasoner::evaluation
