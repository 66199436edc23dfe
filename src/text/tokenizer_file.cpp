// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_file.hpp"

#include "support/errors.hpp"
#include "support/utf8.hpp"
#include "text/tokenizer_json.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::text {
namespace {

using nlohmann::json;

/// Longest part of a file's own text that an error shows, in bytes.
constexpr std::size_t max_message_bytes = 400;

TokenId read_id(const json& value, const std::string& token, std::size_t num_tokens) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= num_tokens) {
    fail(
        fmt::format("token \"{}\" has id {}; ids must be whole numbers from 0 to {}, the number of "
                    "tokens less one",
                    token, value.dump(), num_tokens - 1));
  }
  return value.get<TokenId>();
}

AddedToken read_added_token(const json& entry) {
  AddedToken token;
  token.content = entry.at("content").get<std::string>();
  if (token.content.empty()) fail("an added token has no content");
  token.special = entry.value("special", false);
  token.normalized = entry.value("normalized", false);
  token.single_word = entry.value("single_word", false);
  token.lstrip = entry.value("lstrip", false);
  token.rstrip = entry.value("rstrip", false);
  return token;
}

/// Fills tokens, ids and added tokens; every id from 0 on must be given exactly once.
void read_vocabulary(const json& root, TokenizerFile& file) {
  const auto& vocabulary = root.at("model").at("vocab").get_ref<const json::object_t&>();
  const json added = root.value("added_tokens", json::array());
  std::size_t num_tokens = vocabulary.size();
  for (const json& entry : added) {
    file.added.push_back(read_added_token(entry));
    num_tokens += vocabulary.count(file.added.back().content) == 0 ? 1 : 0;
  }
  std::vector<bool> is_given(num_tokens, false);
  file.tokens.resize(num_tokens);
  file.in_model.resize(num_tokens, false);
  const auto give = [&](const std::string& token, TokenId id) {
    const auto index = static_cast<std::size_t>(id);
    if (is_given[index]) {
      fail(fmt::format("id {} is given to \"{}\" and to \"{}\"", id, file.tokens[index], token));
    }
    is_given[index] = true;
    file.tokens[index] = token;
    file.ids.emplace(token, id);
  };
  for (const auto& [token, value] : vocabulary) {
    const TokenId id = read_id(value, token, num_tokens);
    give(token, id);
    file.in_model[static_cast<std::size_t>(id)] = true;
  }
  for (std::size_t i = 0; i < file.added.size(); ++i) {
    AddedToken& token = file.added[i];
    token.id = read_id(added[i].at("id"), token.content, num_tokens);
    const auto known = file.ids.find(token.content);
    if (known == file.ids.end()) {
      give(token.content, token.id);
    } else if (known->second != token.id) {
      fail(fmt::format("token \"{}\" has two ids, {} and {}", token.content, known->second,
                       token.id));
    }
  }
  if (const auto gap = std::find(is_given.begin(), is_given.end(), false); gap != is_given.end()) {
    fail(fmt::format("id {} belongs to no token", gap - is_given.begin()));
  }
}

/// The two halves of a merge, written as "a b" or as ["a", "b"].
std::pair<std::string, std::string> read_halves(const json& entry) {
  if (entry.is_array() && entry.size() == 2) {
    return {entry[0].get<std::string>(), entry[1].get<std::string>()};
  }
  if (entry.is_string()) {
    const auto& text = entry.get_ref<const std::string&>();
    const std::size_t space = text.find(' ');
    if (space != std::string::npos && text.find(' ', space + 1) == std::string::npos) {
      return {text.substr(0, space), text.substr(space + 1)};
    }
  }
  fail(fmt::format("merge {} is not a pair of tokens", entry.dump()));
}

void read_merges(const json& model, TokenizerFile& file) {
  const auto id_of = [&](const std::string& token) {
    const auto found = file.ids.find(token);
    if (found == file.ids.end() || !file.in_model[static_cast<std::size_t>(found->second)]) {
      fail(fmt::format("a merge names the unknown token \"{}\"", token));
    }
    return found->second;
  };
  for (const json& entry : model.at("merges").get_ref<const json::array_t&>()) {
    const auto [left, right] = read_halves(entry);
    file.merges.push_back({id_of(left), id_of(right), id_of(left + right)});
  }
}

void read_model(const json& root, TokenizerFile& file) {
  const json& model = root.at("model");
  if (const std::string type = model.value("type", "BPE"); type != "BPE") {
    refuse(fmt::format("model \"{}\"", type));
  }
  for (const char* key : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"}) {
    refuse_if_on(model, key, "model");
  }
  file.ignore_merges = model.value("ignore_merges", false);
  read_vocabulary(root, file);
  read_merges(model, file);
}

[[noreturn]] void fail_in_file(const std::string& name, const std::string& what) {
  fail(name + ": " + support::repair_utf8(what.substr(0, max_message_bytes)));
}

}  // namespace

TokenizerFile read_tokenizer_file(std::string_view text, const std::string& name) {
  try {
    const json root = parse_json(text);
    TokenizerFile file;
    read_model(root, file);
    file.steps = read_tokenizer_steps(root, file.tokens.size());
    return file;
  } catch (const json::exception& error) {
    fail_in_file(name, fmt::format("not a readable tokenizer.json: {}", error.what()));
  } catch (const support::UserError& error) {
    fail_in_file(name, error.what());
  }
}

}  // namespace lightreasoner::text
