// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_file.hpp"

#include "unicode/byte_alphabet.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace lightreasoner::text {
namespace {

using nlohmann::json;
using support::JsonSection;

/// Ids above it would make the tables of ids larger than any model's.
constexpr std::uint64_t greatest_id = (std::uint64_t{1} << 24) - 1;

/// Puts `token` at `id` in the tables, which grow up to it.
void place(TokenizerFile& file, const std::string& token, TokenId id) {
  const auto index = static_cast<std::size_t>(id);
  if (index >= file.tokens.spellings.size()) {
    file.tokens.spellings.resize(index + 1);
    file.tokens.in_model.resize(index + 1, false);
  }
  file.tokens.spellings[index] = token;
  file.tokens.ids.emplace(token, id);
}

/// Fills the model's tokens. Ids may have holes, which decode to nothing.
void read_vocabulary(const JsonSection& model, TokenizerFile& file) {
  const JsonSection vocabulary = model.child("vocab");
  for (const auto& [token, value] : vocabulary.object.items()) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > greatest_id) {
      vocabulary.fail(token, fmt::format("is {}; ids must be whole numbers from 0 to {}",
                                         support::quote(value), greatest_id));
    }
    const auto id = value.get<TokenId>();
    const auto index = static_cast<std::size_t>(id);
    if (index < file.tokens.spellings.size() && file.tokens.in_model[index]) {
      vocabulary.fail(token, fmt::format("is {}, the id of {} too", id,
                                         support::quote(file.tokens.spellings[index])));
    }
    place(file, token, id);
    file.tokens.in_model[index] = true;
  }
  file.tokens.base_size = std::ssize(vocabulary.object);
}

/// byte_fallback spells a character that has no token by those of its bytes, "<0xC4>", if there are
/// all of them. Throws UserError where that would be so of one of the bytes' characters.
void refuse_byte_fallback(const JsonSection& model, const TokenizerFile& file) {
  for (std::size_t byte = 0; byte < file.bytes.ids.size(); ++byte) {
    const std::string character = unicode::byte_character(static_cast<std::uint8_t>(byte));
    const bool is_spelled =
        std::all_of(character.begin(), character.end(), [&](unsigned char part) {
          return file.tokens.ids.contains(fmt::format("<0x{:02X}>", part));
        });
    if (is_spelled && !file.tokens.ids.contains(character)) refuse_if_on(model, "byte_fallback");
  }
}

/// The tokens of single bytes. Where some have none, what `tokenizers` puts in their place: the
/// unknown token, or nothing. (tokenizers/src/models/bpe/model.rs, merge_word)
void read_bytes(const JsonSection& model, TokenizerFile& file) {
  ByteTokens& bytes = file.bytes;
  std::size_t num_known = 0;
  for (std::size_t byte = 0; byte < bytes.ids.size(); ++byte) {
    const auto found =
        file.tokens.ids.find(unicode::byte_character(static_cast<std::uint8_t>(byte)));
    if (found == file.tokens.ids.end()) continue;
    bytes.ids.at(byte) = found->second;
    ++num_known;
  }
  if (num_known == bytes.ids.size()) return;
  if (num_known == 0) {
    model.fail("vocab", fmt::format("holds no token of a single byte; {}", remedy));
  }
  refuse_byte_fallback(model, file);
  bytes.fuses_unknown = model.get_or("fuse_unk", false);
  if (!model.has("unk_token")) return;
  const auto unknown = file.tokens.ids.find(model.get<std::string>("unk_token"));
  if (unknown == file.tokens.ids.end()) {
    model.fail("unk_token", fmt::format("is {}, which is no token of the vocabulary",
                                        support::quote(model.value("unk_token"))));
  }
  bytes.unknown = unknown->second;
}

/// The two halves of a merge, written as "a b" or as ["a", "b"]; none where it is neither.
std::optional<std::pair<std::string, std::string>> read_halves(const json& entry) {
  if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
    return std::pair{entry[0].get<std::string>(), entry[1].get<std::string>()};
  }
  if (entry.is_string()) {
    const auto& text = entry.get_ref<const std::string&>();
    const std::size_t space = text.find(' ');
    if (space != std::string::npos && text.find(' ', space + 1) == std::string::npos) {
      return std::pair{text.substr(0, space), text.substr(space + 1)};
    }
  }
  return std::nullopt;
}

void read_merges(const JsonSection& model, TokenizerFile& file) {
  const auto id_of = [&](const std::string& token) {
    const auto found = file.tokens.ids.find(token);
    if (found == file.tokens.ids.end() ||
        !file.tokens.in_model[static_cast<std::size_t>(found->second)]) {
      model.fail_entry("merges", file.merges.size(),
                       fmt::format("names {}, which is no token", support::quote(token)));
    }
    return found->second;
  };
  for (const json& entry : model.array("merges")) {
    // The first line of a merges.txt.
    if (entry.is_string() && entry.get_ref<const std::string&>().starts_with("#version")) continue;
    const auto halves = read_halves(entry);
    if (!halves) {
      model.fail_entry("merges", file.merges.size(),
                       fmt::format("is {}, expected a pair of tokens", support::quote(entry)));
    }
    const auto& [left, right] = *halves;
    file.merges.push_back({id_of(left), id_of(right), id_of(left + right)});
  }
}

void read_model(const JsonSection& root, TokenizerFile& file) {
  const JsonSection model = root.child("model");
  if (model.get_or<std::string>("type", "BPE") != "BPE") refuse(model, "type");
  for (const char* key : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"}) {
    refuse_if_on(model, key);
  }
  file.ignore_merges = model.get_or("ignore_merges", false);
  read_vocabulary(model, file);
  read_bytes(model, file);
  read_merges(model, file);
  begin_adding(file);
  if (!root.has("added_tokens")) return;
  for (const JsonSection& entry : root.children("added_tokens")) {
    add_token(file, read_added_token(entry));
  }
}

}  // namespace

TokenizerFile read_tokenizer_file(std::string_view json, const std::string& name) {
  const support::JsonDocument document = support::parse_json(json, {name});
  const JsonSection root = document.root();
  TokenizerFile file;
  read_model(root, file);
  file.steps = read_tokenizer_steps(root, file.tokens.spellings.size());
  return file;
}

AddedToken read_added_token(const JsonSection& entry) {
  AddedToken token;
  token.content = entry.get<std::string>("content");
  token.special = entry.get_or("special", false);
  token.normalized = entry.get_or("normalized", !token.special);
  token.single_word = entry.get_or("single_word", false);
  token.lstrip = entry.get_or("lstrip", false);
  token.rstrip = entry.get_or("rstrip", false);
  return token;
}

void begin_adding(TokenizerFile& file) {
  file.next_id = file.tokens.base_size;
  for (const AddedToken& other : file.added) {
    file.next_id = std::max<std::int64_t>(file.next_id, other.id + 1);
  }
}

void add_token(TokenizerFile& file, AddedToken token) {
  if (token.content.empty()) return;
  const auto known = file.tokens.ids.find(token.content);
  if (known != file.tokens.ids.end()) {
    token.id = known->second;
  } else {
    token.id = static_cast<TokenId>(file.next_id++);
    place(file, token.content, token.id);
  }
  const auto before = std::find_if(file.added.begin(), file.added.end(),
                                   [&](const AddedToken& other) { return other.id == token.id; });
  if (before == file.added.end()) {
    file.added.push_back(std::move(token));
  } else {
    token.special = token.special || before->special;
    *before = std::move(token);
  }
}

}  // namespace lightreasoner::text
