// SPDX-License-Identifier: Apache-2.0
#include "inputs/prompt_lengths.hpp"

#include "model/generate.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <vector>

namespace lightreasoner::inputs {
namespace {

/// A model that reads a problem set and may go on for so many tokens.
struct PromptReader {
  const char* name;  ///< "expert"
  const text::Tokenizer& tokenizer;
  std::int64_t positions;
  const char* answer_key;  ///< "sampling.max_new_tokens"
  std::int64_t longest_answer;
};

std::int64_t longest_prompt(const PromptReader& reader,
                            const std::vector<problems::Problem>& problems,
                            const problems::Config& set, const text::PromptFormat& prompt) {
  const std::int64_t room = model::room_for_prompt(reader.positions, reader.longest_answer);
  std::int64_t longest = 0;
  for (const problems::Problem& problem : problems) {
    const auto length = std::ssize(text::encode_prompt(reader.tokenizer, prompt, problem.question));
    if (length == 0 || length > room) {
      throw support::UserError(fmt::format(
          "{}:{}: problem {}: its prompt has {} tokens; with {} = {} more the {}'s {} positions "
          "leave room for 1 to {}; lower that key or leave the problem out",
          set.file.string(), problem.id + 1, problem.text_id, length, reader.answer_key,
          reader.longest_answer, reader.name, reader.positions, room));
    }
    longest = std::max(longest, length);
  }
  return longest;
}

}  // namespace

PromptLengths measure_prompts(const config::RunConfig& config, const Texts& texts,
                              const ProblemSets& sets, Positions positions) {
  if (const std::string marker = text::unknown_marker(texts.tokenizer, config.prompt.format);
      !marker.empty()) {
    throw support::UserError(fmt::format(
        "[prompt] puts \"{}\" around problems, which is no token of {}: the chat form is another "
        "model family's; set prompt.preset to the file of config/prompts/ for this family, or "
        "plain.toml for a model without a chat form",
        marker, (config.models.expert / text::tokenizer_file).string()));
  }
  const PromptReader expert{"expert", texts.tokenizer, positions.expert, "sampling.max_new_tokens",
                            config.supervision.sampling.max_new_tokens};
  PromptReader tested = expert;
  tested.answer_key = "evaluation.max_new_tokens";
  tested.longest_answer = config.evaluation.settings.max_new_tokens;
  PromptLengths lengths;
  lengths.test =
      longest_prompt(tested, sets.test, config.evaluation.problems, config.prompt.format);
  const auto sampled = [&](const PromptReader& reader) {
    return longest_prompt(reader, sets.supervision, config.supervision.problems,
                          texts.sampling_prompt);
  };
  lengths.expert = sampled(expert);
  if (config.supervision.samples.file.empty()) {  // else the amateur reads nothing
    lengths.amateur = sampled({"amateur", texts.amateur_tokenizer, positions.amateur,
                               expert.answer_key, expert.longest_answer});
  }
  return lengths;
}

}  // namespace lightreasoner::inputs
