// SPDX-License-Identifier: Apache-2.0
#include "inputs/texts.hpp"

#include "parallel/together.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/path_errors.hpp"
#include "text/tokenizer_config.hpp"
#include "weights/generation_config.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <string>

namespace lightreasoner::inputs {
namespace {

/// Adds the tokenizer's fingerprint to the facts as `fact`.
text::Tokenizer read_tokenizer(const parallel::Communicator& world,
                               const std::filesystem::path& folder, const std::string& fact,
                               Facts& facts) {
  const auto texts = parallel::from_root(world, [&] { return read_tokenizer_texts(folder); });
  text::Tokenizer tokenizer;
  parallel::run_together(world, [&] { tokenizer = parse_tokenizer(texts, folder); });
  facts[fact] = tokenizer.fingerprint();
  return tokenizer;
}

/// The released Python tokenises rendered chat text as if it were plain, so that a tokenizer which
/// begins texts with a special token does it here a second time.
text::PromptFormat sampling_prompt(text::PromptFormat prompt, text::PrefixForm prefix) {
  prompt.add_special_tokens = prompt.add_special_tokens || prefix == text::PrefixForm::text;
  return prompt;
}

void read_pad_token(const parallel::Communicator& world, const std::filesystem::path& folder,
                    Texts& texts) {
  const std::string path = folder / text::tokenizer_config_file;
  const std::string json = parallel::read_file_once(world, path);
  parallel::run_together(world,
                         [&] { texts.pad_id = text::find_pad_token(json, path, texts.tokenizer); });
}

void read_processors(const parallel::Communicator& world, const std::filesystem::path& folder,
                     Texts& texts) {
  const std::string path = folder / "generation_config.json";
  const std::string json = parallel::from_root(world, [&]() -> std::string {
    // A folder without the file has no processors.
    return support::is_there(path) ? support::read_file(path) : "{}";
  });
  parallel::run_together(world, [&] {
    texts.repetition_penalty = weights::parse_logits_processors(json, path).repetition_penalty;
  });
}

void require_fitting_head(const model::Decoder& decoder, const text::Tokenizer& tokenizer,
                          const std::filesystem::path& folder) {
  const std::int64_t width = decoder.config.shape.vocabulary;
  const std::optional<text::TokenId> beyond = tokenizer.first_token_from(width);
  if (!beyond) {
    return;
  }
  throw support::UserError(fmt::format(
      "{}: token \"{}\" has id {}, beyond the {} rows of the model's head; take it out of {}, "
      "{}, {} or {}, whichever has it, or give the model a row for it (resize_token_embeddings)",
      folder.string(), tokenizer.spelling(*beyond), *beyond, width, text::tokenizer_file,
      text::tokenizer_config_file, text::special_tokens_file, text::added_tokens_file));
}

}  // namespace

std::vector<std::string> read_tokenizer_texts(const std::filesystem::path& folder) {
  std::vector<std::string> texts{support::read_file(folder / text::tokenizer_file)};
  for (const char* name :
       {text::tokenizer_config_file, text::special_tokens_file, text::added_tokens_file}) {
    const std::filesystem::path path = folder / name;
    texts.push_back(support::is_there(path) ? support::read_file(path) : "{}");
  }
  return texts;
}

text::Tokenizer parse_tokenizer(const std::vector<std::string>& texts,
                                const std::filesystem::path& folder) {
  return text::Tokenizer::parse(texts.at(0), folder / text::tokenizer_file,
                                {.json = texts.at(1),
                                 .special_tokens = texts.at(2),
                                 .added_tokens = texts.at(3),
                                 .folder = folder});
}

Texts read_texts(const parallel::Communicator& world, const config::RunConfig& config,
                 Facts& facts) {
  const std::filesystem::path& expert = config.models.expert;
  const sampling::SamplingMethod& method = config.supervision.sampling.method;
  Texts texts;
  texts.sampling_prompt = sampling_prompt(config.prompt.format, method.prefix);
  texts.tokenizer = read_tokenizer(world, expert, "models.expert.tokenizer", facts);
  texts.amateur_tokenizer =
      read_tokenizer(world, config.models.amateur, "models.amateur.tokenizer", facts);
  texts.share_tokenizer =
      facts.at("models.expert.tokenizer") == facts.at("models.amateur.tokenizer");
  if (method.vocabulary == sampling::Vocabulary::shared) {
    parallel::run_together(
        world, [&] { text::require_comparable(texts.tokenizer, texts.amateur_tokenizer); });
  }
  if (method.attention_mask == sampling::AttentionMask::not_pad ||
      config.tuning.finetune.method.loss_position == examples::LossPosition::padded) {
    read_pad_token(world, expert, texts);
  }
  facts["method.pad_id"] = texts.pad_id ? std::to_string(*texts.pad_id) : "none";
  if (method.scores == sampling::Scores::processed) {
    read_processors(world, expert, texts);
  }
  return texts;
}

void share_heads(Texts& texts, const config::RunConfig& config, const model::Decoder& expert,
                 const model::Decoder& amateur) {
  require_fitting_head(expert, texts.tokenizer, config.models.expert);
  require_fitting_head(amateur, texts.amateur_tokenizer, config.models.amateur);
  const std::int64_t width = expert.config.shape.vocabulary;
  const std::int64_t amateur_width = amateur.config.shape.vocabulary;
  texts.shared = config.supervision.sampling.method.vocabulary == sampling::Vocabulary::cut
                     ? text::cut_vocabulary(width, amateur_width)
                     : text::share_vocabulary({texts.tokenizer, width},
                                              {texts.amateur_tokenizer, amateur_width});
}

}  // namespace lightreasoner::inputs
