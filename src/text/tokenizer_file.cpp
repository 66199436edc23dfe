// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_file.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace lightreasoner::text {
namespace {

using nlohmann::json;
using support::JsonSection;

TokenId read_id(const JsonSection& section, const std::string& key, std::size_t num_tokens) {
  const json& value = section.value(key);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= num_tokens) {
    section.fail(key, fmt::format("is {}; ids must be whole numbers from 0 to {}, the number of "
                                  "tokens less one",
                                  support::quote(value), num_tokens - 1));
  }
  return value.get<TokenId>();
}

AddedToken read_added_token(const JsonSection& entry) {
  AddedToken token;
  token.content = entry.get<std::string>("content");
  if (token.content.empty()) entry.fail("content", "is empty; an added token must have some text");
  token.special = entry.get_or("special", false);
  token.normalized = entry.get_or("normalized", false);
  token.single_word = entry.get_or("single_word", false);
  token.lstrip = entry.get_or("lstrip", false);
  token.rstrip = entry.get_or("rstrip", false);
  return token;
}

/// Gives ids to tokens, each once, and finds the ids that no token has.
class IdBook {
 public:
  IdBook(TokenizerFile& file, std::size_t num_tokens) : file_(file), is_given_(num_tokens, false) {
    file.tokens.resize(num_tokens);
    file.in_model.resize(num_tokens, false);
  }

  /// `section` holds the token's id under `key`.
  TokenId give(const std::string& token, const JsonSection& section, const std::string& key) {
    const TokenId id = read_id(section, key, is_given_.size());
    const auto index = static_cast<std::size_t>(id);
    if (is_given_[index]) {
      section.fail(key,
                   fmt::format("is {}, the id of {} too", id, support::quote(file_.tokens[index])));
    }
    is_given_[index] = true;
    file_.tokens[index] = token;
    file_.ids.emplace(token, id);
    return id;
  }

  [[nodiscard]] std::ptrdiff_t first_gap() const {
    return std::find(is_given_.begin(), is_given_.end(), false) - is_given_.begin();
  }

 private:
  TokenizerFile& file_;
  std::vector<bool> is_given_;  // [id]
};

/// Fills tokens, ids and added tokens; every id from 0 on must be given exactly once.
void read_vocabulary(const JsonSection& root, TokenizerFile& file) {
  const JsonSection vocabulary = root.child("model").child("vocab");
  std::vector<JsonSection> added;
  if (root.has("added_tokens")) added = root.children("added_tokens");
  std::size_t num_tokens = vocabulary.object.size();
  for (const JsonSection& entry : added) {
    file.added.push_back(read_added_token(entry));
    num_tokens += vocabulary.object.count(file.added.back().content) == 0 ? 1 : 0;
  }
  IdBook book(file, num_tokens);
  for (const auto& [token, value] : vocabulary.object.items()) {
    file.in_model[static_cast<std::size_t>(book.give(token, vocabulary, token))] = true;
  }
  for (std::size_t i = 0; i < added.size(); ++i) {
    AddedToken& token = file.added[i];
    const auto known = file.ids.find(token.content);
    token.id = known == file.ids.end() ? book.give(token.content, added[i], "id")
                                       : read_id(added[i], "id", num_tokens);
    if (known != file.ids.end() && known->second != token.id) {
      added[i].fail("id", fmt::format("is {}, but {} has id {}", token.id,
                                      support::quote(token.content), known->second));
    }
  }
  if (const auto gap = book.first_gap(); static_cast<std::size_t>(gap) < num_tokens) {
    root.child("model").fail("vocab", fmt::format("gives id {} to no token", gap));
  }
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
    const auto found = file.ids.find(token);
    if (found == file.ids.end() || !file.in_model[static_cast<std::size_t>(found->second)]) {
      model.fail_entry("merges", file.merges.size(),
                       fmt::format("names {}, which is no token", support::quote(token)));
    }
    return found->second;
  };
  for (const json& entry : model.array("merges")) {
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
  read_vocabulary(root, file);
  read_merges(model, file);
}

}  // namespace

TokenizerFile read_tokenizer_file(std::string_view json, const std::string& name) {
  const support::JsonDocument document = support::parse_json(json, {name});
  const JsonSection root = document.root();
  TokenizerFile file;
  read_model(root, file);
  file.steps = read_tokenizer_steps(root, file.tokens.size());
  return file;
}

}  // namespace lightreasoner::text
