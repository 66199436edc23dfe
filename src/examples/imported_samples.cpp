// SPDX-License-Identifier: Apache-2.0
#include "examples/imported_samples.hpp"

#include "support/errors.hpp"
#include "support/json_lines.hpp"
#include "support/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace lightreasoner::examples {
namespace {

/// A part of a file's own text, short enough for a message.
std::string shown(const std::string& text) {
  constexpr std::size_t longest_shown = 80;
  return support::repair_utf8(text.substr(0, longest_shown));
}

/// One line's fields, checked.
struct Sample {
  std::string prompt_id;
  std::string prefix;
  std::vector<std::int64_t> token_ids;
  std::vector<float> weights;
};

void check_label(const Sample& sample, std::int64_t head_width, const support::JsonLine& line) {
  if (sample.token_ids.empty() || sample.token_ids.size() != sample.weights.size()) {
    line.fail(fmt::format(R"({} "token_ids" and {} "weights"; one weight a token is needed)",
                          sample.token_ids.size(), sample.weights.size()));
  }
  for (const std::int64_t id : sample.token_ids) {
    if (id < 0 || id >= head_width) {
      line.fail(fmt::format(
          "field \"token_ids\" holds {}, but models.expert has ids 0 to {}; the samples were made "
          "with another model",
          id, head_width - 1));
    }
  }
  constexpr double tolerance = 1e-3;
  const double sum = std::accumulate(sample.weights.begin(), sample.weights.end(), 0.0);
  const bool in_range = std::all_of(sample.weights.begin(), sample.weights.end(),
                                    [](float weight) { return weight >= 0 && weight <= 1; });
  if (!in_range || !(std::abs(sum - 1) <= tolerance)) {
    line.fail(fmt::format(
        "field \"weights\" is no soft label: its values must be 0 to 1 and sum to 1, not {}", sum));
  }
}

Sample read_sample(const support::JsonLine& line, std::int64_t head_width) {
  const support::JsonDocument document = line.parse();
  const support::JsonSection fields = document.root();
  Sample sample{fields.get<std::string>("prompt_id"), fields.get<std::string>("prefix"),
                fields.list<std::int64_t>("token_ids"), fields.list<float>("weights")};
  check_label(sample, head_width, line);
  return sample;
}

/// What the samples so far say of how the file calls problems.
struct Naming {
  std::size_t line_by_id = 0;    ///< the first that names a problem by its id; 0: none
  std::size_t line_unknown = 0;  ///< the first whose prompt_id is neither id nor question
  std::string unknown_id;        ///< of that line
  std::uint64_t num_unknown = 0;
};

/// The question that a sample is about.
const std::string& question_of(const Sample& sample, const ImportRules& rules, std::size_t line,
                               Naming& naming) {
  const auto known = rules.questions.find(sample.prompt_id);
  if (known == rules.questions.end()) {
    if (naming.num_unknown++ == 0) {
      naming.line_unknown = line;
      naming.unknown_id = sample.prompt_id;
    }
    return sample.prompt_id;
  }
  if (known->second != sample.prompt_id && naming.line_by_id == 0) {
    naming.line_by_id = line;
  }
  return known->second;
}

/// In a file that calls problems by ids, what is no id is a mistake and no question.
void require_one_naming(const Naming& naming, const ImportRules& rules) {
  if (naming.line_by_id > 0 && naming.line_unknown > 0) {
    throw support::UserError(fmt::format(
        "{}:{}: field \"prompt_id\" is \"{}\", which is the id of no problem of problems.file, "
        "though line {} has one's; give the set that the samples were made from (no fewer "
        "sampling.max_problems of it), or remove the line",
        rules.file.string(), naming.line_unknown, shown(naming.unknown_id), naming.line_by_id));
  }
}

void append_sample(ExampleSet& set, const Sample& sample, const std::string& question,
                   const ImportRules& rules, const support::JsonLine& line) {
  const ExampleRules& examples = rules.examples;
  set.trajectories.push_back(
      text::encode_prompt(examples.tokenizer, examples.prompt, question, sample.prefix));
  if (set.trajectories.back().empty()) {
    line.fail("prompt and prefix have no token to go on from; remove the line");
  }
  append_example(set, set.trajectories.back().size(), examples);
  for (std::size_t i = 0; i < sample.token_ids.size(); ++i) {
    append_label_entry(set, static_cast<std::int32_t>(sample.token_ids[i]), sample.weights[i],
                       examples);
  }
  set.label_offsets.push_back(set.label_ids.size());
  const std::uint64_t length = set.examples.back().prefix_length;
  if (length > static_cast<std::uint64_t>(rules.max_positions)) {
    line.fail(fmt::format(
        "prompt and prefix have {} tokens, but models.expert has {} positions "
        "(max_position_embeddings); set method.max_prefix_tokens to that or less, or remove the "
        "line",
        length, rules.max_positions));
  }
}

}  // namespace

ImportedSamples parse_samples(std::string_view bytes, const ImportRules& rules) {
  ImportedSamples imported;
  ExampleSet& set = imported.set;
  Naming naming;
  for (const support::JsonLine& line : support::split_json_lines(bytes, rules.file)) {
    const Sample sample = read_sample(line, rules.head_width);
    append_sample(set, sample, question_of(sample, rules, line.number, naming), rules, line);
  }
  if (set.size() == 0) {
    throw support::UserError(rules.file.string() + ": no samples; expected one JSON object a line");
  }
  require_one_naming(naming, rules);
  imported.num_unknown = naming.num_unknown;
  return imported;
}

}  // namespace lightreasoner::examples
