// SPDX-License-Identifier: Apache-2.0
#include "inputs/prompt_lengths.hpp"

#include "model/generate.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lightreasoner::inputs {
namespace {

/// A model that reads a problem set and may go on for so many tokens.
struct PromptReader {
  const char* name;  ///< "expert"
  const text::Tokenizer& tokenizer;
  const text::PromptFormat& prompt;
  std::int64_t positions;
  const problems::Config& set;
  const char* answer_key;  ///< "sampling.max_new_tokens"
  std::int64_t longest_answer;
  const char* way_out;  ///< the key that lets longer problems be
};

/// Throws UserError unless every marker of the chat form is one token, or meant as text.
void require_markers(const config::RunConfig& config, const text::Tokenizer& tokenizer) {
  const text::PromptFormat& format = config.prompt.format;
  const auto cut = text::marks_in_pieces(tokenizer, format, text::Mark::marker);
  if (!format.plain_markers && !cut.empty()) {
    throw support::UserError(fmt::format(
        "[prompt] puts \"{}\" around problems, which is no token of {}: the chat form is another "
        "model family's; set prompt.preset to the file of config/prompts/ for this family, or "
        "plain.toml for a model without a chat form, or prompt.plain_markers = true for a model "
        "that was trained with it as plain text",
        cut.front(), (config.models.expert / text::tokenizer_file).string()));
  }
}

/// Of each problem its prompt's tokens, nothing where it is too long and set aside.
std::vector<std::optional<std::int64_t>> lengths_of_prompts(
    const PromptReader& reader, const std::vector<problems::Problem>& problems) {
  const std::int64_t room = model::room_for_prompt(reader.positions, reader.longest_answer);
  std::vector<std::optional<std::int64_t>> lengths;
  for (const problems::Problem& problem : problems) {
    const auto length =
        std::ssize(text::encode_prompt(reader.tokenizer, reader.prompt, problem.question));
    const bool fits = length <= room;
    if (length == 0) {
      throw support::UserError(fmt::format(
          "{}:{}: problem {}: its prompt has no tokens: the {}'s vocabulary has none of "
          "its characters; leave the problem out, or mend tokenizer.json",
          reader.set.file.string(), problem.id + 1, problem.text_id, reader.name));
    }
    if (!fits && reader.set.too_long == problems::TooLong::refuse) {
      throw support::UserError(fmt::format(
          "{}:{}: problem {}: its prompt has {} tokens; with {} = {} more the {}'s {} positions "
          "leave room for {}; lower that key, leave the problem out, or set {}",
          reader.set.file.string(), problem.id + 1, problem.text_id, length, reader.answer_key,
          reader.longest_answer, reader.name, reader.positions,
          room < 1 ? std::string("none") : fmt::format("1 to {}", room), reader.way_out));
    }
    lengths.push_back(fits ? std::optional(length) : std::nullopt);
  }
  return lengths;
}

/// Takes the problems that are too long for either model out of the set.
void measure_supervision(const PromptReader& expert, const PromptReader& amateur, ProblemSets& sets,
                         PromptLengths& lengths) {
  std::vector<problems::Problem>& problems = sets.supervision;
  const auto by_expert = lengths_of_prompts(expert, problems);
  const auto by_amateur = lengths_of_prompts(amateur, problems);
  std::vector<problems::Problem> kept;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    if (by_expert[i] && by_amateur[i]) {
      kept.push_back(std::move(problems[i]));
      lengths.expert = std::max(lengths.expert, *by_expert[i]);
      lengths.amateur = std::max(lengths.amateur, *by_amateur[i]);
    }
  }
  if (kept.empty()) {
    throw support::UserError(fmt::format(
        "{}: all of the {} problems read are too long for the models' positions ({} and {}) with "
        "{} = {}; lower that key, or raise sampling.max_problems where it cuts the set",
        expert.set.file.string(), problems.size(), expert.positions, amateur.positions,
        expert.answer_key, expert.longest_answer));
  }
  sets.num_skipped = problems.size() - kept.size();
  problems = std::move(kept);
}

}  // namespace

PromptLengths measure_prompts(const config::RunConfig& config, const Texts& texts,
                              ProblemSets& sets, Positions positions) {
  require_markers(config, texts.tokenizer);
  const config::EvaluationSection& evaluation = config.evaluation;
  const PromptReader tested{.name = "expert",
                            .tokenizer = texts.tokenizer,
                            .prompt = config.prompt.format,
                            .positions = positions.expert,
                            .set = evaluation.problems,
                            .answer_key = "evaluation.max_new_tokens",
                            .longest_answer = evaluation.settings.max_new_tokens,
                            .way_out = "evaluation.too_long = \"wrong\""};
  PromptLengths lengths;
  for (const auto& length : lengths_of_prompts(tested, sets.test)) {
    lengths.test = std::max(lengths.test, length.value_or(0));
    sets.num_unanswered += length ? 0 : 1;
  }
  const config::SupervisionSections& supervision = config.supervision;
  if (supervision.samples.file.empty()) {  // else nobody reads the problems
    const auto sampled = [&](const char* name, const text::Tokenizer& tokenizer,
                             std::int64_t most) {
      return PromptReader{name,
                          tokenizer,
                          texts.sampling_prompt,
                          most,
                          supervision.problems,
                          "sampling.max_new_tokens",
                          supervision.sampling.max_new_tokens,
                          "problems.too_long = \"skip\""};
    };
    measure_supervision(sampled("expert", texts.tokenizer, positions.expert),
                        sampled("amateur", texts.amateur_tokenizer, positions.amateur), sets,
                        lengths);
  }
  return lengths;
}

}  // namespace lightreasoner::inputs
