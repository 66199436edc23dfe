// SPDX-License-Identifier: Apache-2.0
#include "finetune/imported_samples.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <numeric>

namespace lightreasoner::finetune {
namespace {

using nlohmann::json;

/// One line's fields, checked.
struct Sample {
  std::string prompt_id;
  std::string prefix;
  std::vector<std::int64_t> token_ids;
  std::vector<float> weights;
};

template <typename Value>
Value read_field(const json& object, const char* field, const std::string& place) {
  const auto found = object.find(field);
  if (found == object.end()) {
    throw support::UserError(fmt::format("{}: no field \"{}\"", place, field));
  }
  try {
    return found->get<Value>();
  } catch (const json::exception&) {
    throw support::UserError(fmt::format("{}: field \"{}\" is of the wrong type ({})", place, field,
                                         found->type_name()));
  }
}

void check_label(const Sample& sample, std::int64_t head_width, const std::string& place) {
  if (sample.token_ids.empty() || sample.token_ids.size() != sample.weights.size()) {
    throw support::UserError(
        fmt::format("{}: {} \"token_ids\" and {} \"weights\"; one weight a token is needed", place,
                    sample.token_ids.size(), sample.weights.size()));
  }
  for (const std::int64_t id : sample.token_ids) {
    if (id < 0 || id >= head_width) {
      throw support::UserError(fmt::format(
          "{}: field \"token_ids\" holds {}, but models.expert has ids 0 to {}; the samples were "
          "made with another model",
          place, id, head_width - 1));
    }
  }
  constexpr double tolerance = 1e-3;
  const double sum = std::accumulate(sample.weights.begin(), sample.weights.end(), 0.0);
  const bool in_range = std::all_of(sample.weights.begin(), sample.weights.end(),
                                    [](float weight) { return weight >= 0 && weight <= 1; });
  if (!in_range || !(std::abs(sum - 1) <= tolerance)) {
    throw support::UserError(fmt::format(
        "{}: field \"weights\" is no soft label: its values must be 0 to 1 and sum to 1, not {}",
        place, sum));
  }
}

Sample read_sample(std::string_view line, const ImportRules& rules, const std::string& place) {
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    throw support::UserError(place + ": is not a JSON object; each line must be one");
  }
  Sample sample{read_field<std::string>(object, "prompt_id", place),
                read_field<std::string>(object, "prefix", place),
                read_field<std::vector<std::int64_t>>(object, "token_ids", place),
                read_field<std::vector<float>>(object, "weights", place)};
  check_label(sample, rules.head_width, place);
  return sample;
}

void append_sample(ExampleSet& set, const Sample& sample, const ImportRules& rules) {
  const ExampleRules& examples = rules.examples;
  const auto known = rules.questions.find(sample.prompt_id);
  const std::string& question = known == rules.questions.end() ? sample.prompt_id : known->second;
  set.trajectories.push_back(
      text::encode_prompt(examples.tokenizer, examples.prompt, question, sample.prefix));
  append_example(set, set.trajectories.back().size(), examples);
  for (std::size_t i = 0; i < sample.token_ids.size(); ++i) {
    append_label_entry(set, static_cast<std::int32_t>(sample.token_ids[i]), sample.weights[i],
                       examples);
  }
  set.label_offsets.push_back(set.label_ids.size());
}

}  // namespace

ExampleSet parse_samples(std::string_view lines, const ImportRules& rules) {
  ExampleSet set;
  for (std::size_t number = 1; !lines.empty(); ++number) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::string place = fmt::format("{}:{}", rules.file.string(), number);
    append_sample(set, read_sample(line, rules, place), rules);
  }
  if (set.size() == 0) {
    throw support::UserError(rules.file.string() + ": no samples; expected one JSON object a line");
  }
  return set;
}

}  // namespace lightreasoner::finetune
