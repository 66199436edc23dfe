// SPDX-License-Identifier: Apache-2.0
/// Accuracy of a model on a problem set, with one line of evidence a problem.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluation/config.hpp"
#include "evaluation/score.hpp"
#include "model/decoder.hpp"
#include "parallel/communicator.hpp"
#include "problems/problem.hpp"
#include "text/prompt.hpp"

namespace lightreasoner::evaluation {

struct Prediction {
  std::string id;                       ///< the problem's text id
  std::vector<std::int32_t> token_ids;  ///< generated, stop token included
  std::string text;                     ///< decoded, special tokens left out
  std::optional<std::string> extracted;
  std::string reference;                ///< the reference's extracted answer
  bool correct = false;
};

/// Greedy decoding of `problems` in fixed units dealt out over ranks. All predictions in problem
/// order on rank 0, nothing elsewhere. Collective over comm.
[[nodiscard]] std::vector<Prediction> predict(const parallel::Communicator& comm,
                                              const model::Decoder& decoder,
                                              const text::Tokenizer& tokenizer,
                                              const text::PromptFormat& prompt,
                                              std::span<const problems::Problem> problems,
                                              const Config& config);

[[nodiscard]] Score score(std::span<const Prediction> predictions);

/// p-value of mcnemar_exact over predictions of the same problems in the same order.
[[nodiscard]] double compare_paired(std::span<const Prediction> before,
                                    std::span<const Prediction> after);

/// predictions.jsonl (id, token_ids, text, extracted, reference, correct) and scores.json
/// ({NAME: {accuracy, correct, total, interval}}), in that order, each atomically.
void write_evaluation(const std::filesystem::path& folder, const std::string& name,
                      std::span<const Prediction> predictions);
[[nodiscard]] std::vector<Prediction> read_predictions(const std::filesystem::path& folder);

}  // namespace lightreasoner::evaluation
