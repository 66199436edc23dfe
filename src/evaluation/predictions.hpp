// SPDX-License-Identifier: Apache-2.0
/// What a model answered, problem by problem, and what follows from it.
#pragma once

#include "evaluation/score.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::evaluation {

/// The files of an evaluation's folder.
inline constexpr const char* predictions_file = "predictions.jsonl";
inline constexpr const char* scores_file = "scores.json";

struct Prediction {
  std::string id;                       ///< the problem's text id
  std::vector<std::int32_t> token_ids;  ///< generated, stop token included
  std::string text;                     ///< decoded, special tokens left out
  std::optional<std::string> extracted;
  std::string reference;  ///< the reference's extracted answer
  bool correct = false;
  bool judged = true;     ///< false: counted as wrong for other letters alone (grade)
  bool too_long = false;  ///< for the model's positions: not asked, and wrong
};

/// One line a prediction: a JSON object with the struct's fields in their order, `extracted` null
/// when there is none.
[[nodiscard]] std::string to_json_lines(std::span<const Prediction> predictions);
/// The inverse. Throws UserError naming `name` and the 1-based line that is not such an object.
[[nodiscard]] std::vector<Prediction> parse_json_lines(std::string_view lines,
                                                       const std::string& name);

[[nodiscard]] Score score(std::span<const Prediction> predictions);

/// p-value of mcnemar_exact over predictions of the same problems in the same order.
[[nodiscard]] double compare_paired(std::span<const Prediction> before,
                                    std::span<const Prediction> after);

/// predictions.jsonl (a line a prediction) and scores.json ({NAME: {accuracy, correct, total,
/// unjudged, too_long, interval}}), in that order, each atomically. Makes `folder`.
void write_evaluation(const std::filesystem::path& folder, const std::string& name,
                      std::span<const Prediction> predictions);
[[nodiscard]] std::vector<Prediction> read_predictions(const std::filesystem::path& folder);

}  // namespace lightreasoner::evaluation
