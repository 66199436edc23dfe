// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer.hpp"

#include "support/errors.hpp"
#include "support/hashing.hpp"
#include "support/utf8.hpp"
#include "text/added_tokens.hpp"
#include "text/bpe.hpp"
#include "text/tokenizer_config.hpp"
#include "text/tokenizer_file.hpp"
#include "unicode/byte_alphabet.hpp"
#include "unicode/normalizer.hpp"
#include "unicode/pretokenizer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <map>
#include <unordered_map>
#include <utility>

namespace lightreasoner::text {

namespace {

/// What the ids stand for.
struct VocabularyTables {
  TokenTable tokens;
  std::vector<std::string> bytes;  // [id] what a token decodes to
  std::unordered_map<TokenId, AddedToken> added;
};

/// Where added tokens are looked for.
struct AddedTokenSets {
  AddedTokens verbatim;    // first, in the text as it is
  AddedTokens normalized;  // in the rest, once it is normalized
};

/// What the whole tokenizer and its BPE model are told apart by.
struct Fingerprints {
  std::string all;
  std::string base;
};

}  // namespace

struct Tokenizer::State {
  VocabularyTables vocabulary;
  AddedTokenSets added;
  TokenizerSteps steps;
  unicode::PreTokenizer pre_tokenizer;
  BpeModel model;
  Fingerprints fingerprints;
};

namespace {

/// Each field with its length, so that no two different files give the same bytes.
void add_field(std::string& fields, std::string_view field) {
  fields += fmt::format("{}:{}\n", field.size(), field);
}

/// The BPE model: its tokens and merges.
std::string base_fields(const TokenizerFile& file) {
  std::string fields;
  for (std::size_t id = 0; id < file.tokens.spellings.size(); ++id) {
    if (file.tokens.in_model[id]) {
      add_field(fields, file.tokens.spellings[id]);
      fields += fmt::format("model {}\n", id);
    }
  }
  for (const Merge& merge : file.merges) {
    fields += fmt::format("{} {} {}\n", merge.left, merge.right, merge.merged);
  }
  return fields;
}

/// Everything else that ids depend on.
std::string other_fields(const TokenizerFile& file) {
  std::map<TokenId, const AddedToken*> added;
  for (const AddedToken& token : file.added) added.emplace(token.id, &token);
  std::string fields = fmt::format("ignore_merges {}\n", file.ignore_merges);
  if (file.bytes.unknown) {
    fields += fmt::format("unknown {} {}\n", *file.bytes.unknown, file.bytes.fuses_unknown);
  }
  for (const auto& [id, token] : added) {
    add_field(fields, token->content);
    fields += fmt::format("added {} {} {} {} {} {}\n", id, token->special, token->normalized,
                          token->single_word, token->lstrip, token->rstrip);
  }
  const unicode::PreTokenizerSteps& pre_tokenizer = file.steps.pre_tokenizer;
  for (const unicode::KnownPattern& pattern : pre_tokenizer.patterns)
    add_field(fields, pattern.regex);
  fields +=
      fmt::format("nfc {} add_prefix_space {} use_regex {} before {} after {}\n", file.steps.nfc,
                  pre_tokenizer.add_prefix_space, pre_tokenizer.use_regex,
                  fmt::join(file.steps.before_text, " "), fmt::join(file.steps.after_text, " "));
  return fields;
}

/// The words that are tokens by themselves, by their bytes.
std::unordered_map<std::string, TokenId> whole_words(const TokenizerFile& file) {
  std::unordered_map<std::string, TokenId> words;
  for (std::size_t id = 0; id < file.tokens.spellings.size(); ++id) {
    if (!file.tokens.in_model[id]) continue;
    if (const auto bytes = unicode::spelled_bytes(file.tokens.spellings[id])) {
      words.emplace(*bytes, static_cast<TokenId>(id));
    }
  }
  return words;
}

/// Special tokens go first: of two with one spelling the first counts.
AddedTokenSets added_token_sets(const TokenizerFile& file) {
  AddedTokenSets sets;
  for (const bool special : {true, false}) {
    for (const AddedToken& token : file.added) {
      if (token.special != special) continue;
      if (token.normalized) {
        sets.normalized.insert(token,
                               file.steps.nfc ? unicode::to_nfc(token.content) : token.content);
      } else {
        sets.verbatim.insert(token, token.content);
      }
    }
  }
  return sets;
}

VocabularyTables vocabulary_tables(TokenizerFile& file) {
  VocabularyTables tables;
  for (const bool special : {true, false}) {
    for (const AddedToken& token : file.added) {
      if (token.special == special) tables.added.emplace(token.id, token);
    }
  }
  // A spelling outside of the byte alphabet decodes to itself, as in `tokenizers`.
  const auto bytes_of = [](const std::string& token) {
    return unicode::spelled_bytes(token).value_or(token);
  };
  std::transform(file.tokens.spellings.begin(), file.tokens.spellings.end(),
                 std::back_inserter(tables.bytes), bytes_of);
  for (const AddedToken& token : file.added) {
    if (token.normalized && file.steps.nfc) {
      tables.bytes.at(static_cast<std::size_t>(token.id)) =
          bytes_of(unicode::to_nfc(token.content));
    }
  }
  tables.tokens = std::move(file.tokens);
  return tables;
}

BpeModel bpe_model(const TokenizerFile& file) {
  BpeModel model = make_bpe_model(file.bytes, file.merges);
  if (file.ignore_merges) model.words = whole_words(file);
  return model;
}

/// The text with bytes that are no whole character written as \xE2.
std::string escape_broken_utf8(std::string_view bytes) {
  std::string text;
  while (true) {
    const std::size_t good = support::valid_utf8_prefix(bytes);
    text += bytes.substr(0, good);
    bytes.remove_prefix(good);
    if (bytes.empty()) return text;
    text += fmt::format("\\x{:02X}", static_cast<unsigned char>(bytes.front()));
    bytes.remove_prefix(1);
  }
}

}  // namespace

Tokenizer Tokenizer::parse(std::string_view json, const std::string& name,
                           const TokenizerConfig& config) {
  TokenizerFile file = read_tokenizer_file(json, name);
  add_config_tokens(config, file);
  const std::string base = base_fields(file);
  Fingerprints fingerprints{support::to_hex(support::sha256(base + other_fields(file))),
                            support::to_hex(support::sha256(base))};
  BpeModel model = bpe_model(file);
  AddedTokenSets added = added_token_sets(file);
  unicode::PreTokenizer pre_tokenizer(file.steps.pre_tokenizer);
  auto state = std::make_shared<State>(State{vocabulary_tables(file), std::move(added),
                                             std::move(file.steps), std::move(pre_tokenizer),
                                             std::move(model), std::move(fingerprints)});
  Tokenizer tokenizer;
  tokenizer.state_ = std::move(state);
  return tokenizer;
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, SpecialTokens special) const {
  if (const std::size_t good = support::valid_utf8_prefix(text); good != text.size()) {
    throw support::UserError(fmt::format("text to encode is not UTF-8 at byte {}", good));
  }
  std::vector<TokenId> ids;
  if (special == SpecialTokens::added) ids = state_->steps.before_text;
  for (const TextPiece& piece : state_->added.verbatim.split(text)) {
    if (piece.token) {
      ids.push_back(*piece.token);
    } else if (state_->steps.nfc) {
      encode_normalized(unicode::to_nfc(piece.text), ids);
    } else {
      encode_normalized(piece.text, ids);
    }
  }
  if (special == SpecialTokens::added) {
    ids.insert(ids.end(), state_->steps.after_text.begin(), state_->steps.after_text.end());
  }
  return ids;
}

void Tokenizer::encode_normalized(std::string_view text, std::vector<TokenId>& ids) const {
  for (const TextPiece& piece : state_->added.normalized.split(text)) {
    if (piece.token) {
      ids.push_back(*piece.token);
      continue;
    }
    const unicode::Words words = state_->pre_tokenizer.split(piece.text);
    for (const std::string_view word : words.words) encode_word(state_->model, word, ids);
  }
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool skip_special) const {
  std::string bytes;
  for (const TokenId id : ids) {
    if (id < 0 || id >= vocabulary_size()) continue;
    const auto added = state_->vocabulary.added.find(id);
    if (skip_special && added != state_->vocabulary.added.end() && added->second.special) continue;
    bytes += state_->vocabulary.bytes[static_cast<std::size_t>(id)];
  }
  return support::repair_utf8(bytes);
}

std::string Tokenizer::token_text(TokenId id) const {
  if (id < 0 || id >= vocabulary_size() || spelling(id).empty()) return fmt::format("<id {}>", id);
  if (const auto added = state_->vocabulary.added.find(id);
      added != state_->vocabulary.added.end()) {
    return added->second.content;
  }
  return escape_broken_utf8(state_->vocabulary.bytes[static_cast<std::size_t>(id)]);
}

std::optional<TokenId> Tokenizer::find(std::string_view token) const {
  const auto found = state_->vocabulary.tokens.ids.find(std::string(token));
  return found == state_->vocabulary.tokens.ids.end() ? std::nullopt : std::optional(found->second);
}

std::optional<TokenId> Tokenizer::first_token_from(std::int64_t id) const {
  const std::vector<std::string>& spellings = state_->vocabulary.tokens.spellings;
  for (; id < std::ssize(spellings); ++id) {
    if (!spellings[static_cast<std::size_t>(id)].empty()) return static_cast<TokenId>(id);
  }
  return std::nullopt;
}

std::int64_t Tokenizer::vocabulary_size() const {
  return static_cast<std::int64_t>(state_->vocabulary.bytes.size());
}

std::int64_t Tokenizer::base_size() const { return state_->vocabulary.tokens.base_size; }

const std::string& Tokenizer::spelling(TokenId id) const {
  return state_->vocabulary.tokens.spellings.at(static_cast<std::size_t>(id));
}

const std::string& Tokenizer::fingerprint() const { return state_->fingerprints.all; }

const std::string& Tokenizer::base_fingerprint() const { return state_->fingerprints.base; }

}  // namespace lightreasoner::text
