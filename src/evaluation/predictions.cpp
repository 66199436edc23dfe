// SPDX-License-Identifier: Apache-2.0
#include "evaluation/predictions.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"

#include <algorithm>
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
          {"correct", prediction.correct}};
}

Prediction from_json(const Json& object) {
  Prediction prediction;
  object.at("id").get_to(prediction.id);
  object.at("token_ids").get_to(prediction.token_ids);
  object.at("text").get_to(prediction.text);
  if (!object.at("extracted").is_null()) {
    prediction.extracted = object.at("extracted").get<std::string>();
  }
  object.at("reference").get_to(prediction.reference);
  object.at("correct").get_to(prediction.correct);
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
  while (!lines.empty()) {
    const std::size_t length = std::min(lines.find('\n'), lines.size());
    try {
      predictions.push_back(from_json(Json::parse(lines.substr(0, length))));
    } catch (const nlohmann::json::exception& error) {
      throw support::UserError(fmt::format(
          "{}, line {}: not a prediction: {}; remove the file's folder to evaluate again", name,
          predictions.size() + 1, error.what()));
    }
    lines.remove_prefix(std::min(length + 1, lines.size()));
  }
  return predictions;
}

Score score(std::span<const Prediction> predictions) {
  Score result;
  result.total = predictions.size();
  result.correct = static_cast<std::uint64_t>(
      std::count_if(predictions.begin(), predictions.end(),
                    [](const Prediction& prediction) { return prediction.correct; }));
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
                      {"interval", {result.interval.lower, result.interval.upper}}}}};
  support::write_file_atomically(folder / scores_file, scores.dump(2) + "\n");
}

std::vector<Prediction> read_predictions(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / predictions_file;
  return parse_json_lines(support::read_file(path), path.string());
}

}  // namespace lightreasoner::evaluation
