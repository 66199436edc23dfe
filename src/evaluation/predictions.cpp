// SPDX-License-Identifier: Apache-2.0
#include "evaluation/predictions.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/json.hpp"
#include "support/json_lines.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::evaluation {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Prediction& prediction) {
  return {{"id", prediction.id},
          {"token_ids", prediction.token_ids},
          {"text", prediction.text},
          {"extracted", prediction.extracted ? Json(*prediction.extracted) : Json(nullptr)},
          {"reference", prediction.reference},
          {"correct", prediction.correct},
          {"judged", prediction.judged},
          {"too_long", prediction.too_long}};
}

Prediction read_prediction(const support::JsonSection& fields) {
  Prediction prediction;
  prediction.id = fields.get<decltype(prediction.id)>("id");
  prediction.token_ids = fields.list<decltype(prediction.token_ids)::value_type>("token_ids");
  prediction.text = fields.get<std::string>("text");
  if (fields.has("extracted")) prediction.extracted = fields.get<std::string>("extracted");
  prediction.reference = fields.get<std::string>("reference");
  prediction.correct = fields.get<bool>("correct");
  // Version 0.1.0 wrote neither.
  prediction.judged = fields.get_or("judged", true);
  prediction.too_long = fields.get_or("too_long", false);
  return prediction;
}

}  // namespace

std::string to_json_lines(std::span<const Prediction> predictions) {
  std::string lines;
  for (const Prediction& prediction : predictions) {
    lines += to_json(prediction).dump() + "\n";
  }
  return lines;
}

std::vector<Prediction> parse_json_lines(std::string_view lines, const std::string& name) {
  std::vector<Prediction> predictions;
  // The program's own lines: none is blank, and a long answer's may be longer than a person's.
  while (!lines.empty()) {
    const support::JsonDocument document = support::parse_json(
        support::take_line(lines),
        {name, predictions.size() + 1, "remove the file's folder to evaluate again"});
    predictions.push_back(read_prediction(document.root()));
  }
  return predictions;
}

Score score(std::span<const Prediction> predictions) {
  Score result;
  result.total = predictions.size();
  for (const Prediction& prediction : predictions) {
    result.correct += prediction.correct ? 1 : 0;
    result.unjudged += prediction.judged ? 0 : 1;
    result.too_long += prediction.too_long ? 1 : 0;
  }
  if (result.total > 0) {
    result.accuracy = static_cast<double>(result.correct) / static_cast<double>(result.total);
  }
  result.interval = wilson_interval(result.correct, result.total);
  return result;
}

double compare_paired(std::span<const Prediction> before, std::span<const Prediction> after) {
  support::require(before.size() == after.size(), "paired predictions differ in number");
  std::uint64_t only_before = 0, only_after = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    support::require(before[i].id == after[i].id, "paired predictions differ in problem");
    only_before += before[i].correct && !after[i].correct ? 1 : 0;
    only_after += after[i].correct && !before[i].correct ? 1 : 0;
  }
  return mcnemar_exact(only_before, only_after);
}

void write_evaluation(const std::filesystem::path& folder, const std::string& name,
                      std::span<const Prediction> predictions) {
  support::make_directories(folder);
  support::write_file_atomically(folder / predictions_file, to_json_lines(predictions));
  const Score result = score(predictions);
  const Json scores{{name,
                     {{"accuracy", result.accuracy},
                      {"correct", result.correct},
                      {"total", result.total},
                      {"unjudged", result.unjudged},
                      {"too_long", result.too_long},
                      {"interval", {result.interval.lower, result.interval.upper}}}}};
  support::write_file_atomically(folder / scores_file, scores.dump(2) + "\n");
}

std::vector<Prediction> read_predictions(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / predictions_file;
  return parse_json_lines(support::read_file(path), path.string());
}

}  // namespace lightreasoner::evaluation
