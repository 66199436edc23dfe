// SPDX-License-Identifier: Apache-2.0
#include "examples/exported_samples.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

namespace lightreasoner::examples {
namespace {

/// As Python's json.dump writes it, so that files can be compared byte by byte.
std::string to_python_json(const nlohmann::json& value) {
  if (value.is_number_float()) {
    // nlohmann-json's digits are short too, but not always the nearest.
    const std::string digits = fmt::format("{}", value.get<double>());
    return digits.find_first_of(".e") == std::string::npos ? digits + ".0" : digits;
  }
  if (!value.is_array()) {
    return value.dump(-1, ' ', /*ensure_ascii=*/true);
  }
  std::vector<std::string> entries;
  std::transform(value.begin(), value.end(), std::back_inserter(entries), to_python_json);
  return fmt::format("[{}]", fmt::join(entries, ", "));
}

std::string format_sample(const records::RecordBatch& batch, const contrast::SoftLabels& labels,
                          std::size_t problem, std::size_t label,
                          const text::Tokenizer& tokenizer) {
  const std::uint64_t step = labels.steps[label];
  const std::uint64_t first = batch.steps.offsets[problem];
  const auto prefix = std::span(batch.steps.token_ids).subspan(first, step - first);
  nlohmann::json tokens = nlohmann::json::array();
  nlohmann::json ids = nlohmann::json::array();
  nlohmann::json weights = nlohmann::json::array();
  for (std::uint64_t i = labels.offsets[label]; i < labels.offsets[label + 1]; ++i) {
    tokens.push_back(tokenizer.decode(std::span(&labels.ids[i], 1), false));
    ids.push_back(labels.ids[i]);
    weights.push_back(static_cast<double>(labels.weights[i]));
  }
  const std::pair<const char*, nlohmann::json> fields[] = {
      {"prompt_id", batch.problems.text_ids[problem]},
      {"step", step - first},
      {"prefix", tokenizer.decode(prefix, false)},
      {"tokens", tokens},
      {"token_ids", ids},
      {"weights", weights},
      {"kl_divergence", static_cast<double>(batch.steps.contrasts.kl[step])}};
  std::vector<std::string> members;
  for (const auto& [name, value] : fields) {
    members.push_back(fmt::format("\"{}\": {}", name, to_python_json(value)));
  }
  return fmt::format("{{{}}}\n", fmt::join(members, ", "));
}

}  // namespace

std::string format_samples(const records::RecordBatch& batch, const contrast::Config& config,
                           const text::Tokenizer& tokenizer) {
  const contrast::SoftLabels labels =
      contrast::select_steps(batch.steps.contrasts, config, batch.steps.offsets);
  std::string lines;
  std::size_t problem = 0;
  for (std::size_t label = 0; label < labels.steps.size(); ++label) {
    while (labels.steps[label] >= batch.steps.offsets[problem + 1]) {
      ++problem;
    }
    lines += format_sample(batch, labels, problem, label, tokenizer);
  }
  return lines;
}

}  // namespace lightreasoner::examples
