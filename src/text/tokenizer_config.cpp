// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_config.hpp"

#include "support/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <system_error>
#include <utility>

namespace lightreasoner::text {
namespace {

using support::JsonSection;

/// Special tokens by name, in the order in which `transformers` adds them.
constexpr std::array names{"bos_token", "eos_token", "unk_token", "sep_token",
                           "pad_token", "cls_token", "mask_token"};

bool is_added(const TokenizerFile& file, const std::string& content) {
  return std::any_of(file.added.begin(), file.added.end(),
                     [&](const AddedToken& token) { return token.content == content; });
}

/// A token given as text, which makes it special, or as an object with its properties.
AddedToken read_token(const JsonSection& section, const std::string& key) {
  if (section.value(key).is_object()) return read_added_token(section.child(key));
  return {.content = section.get<std::string>(key), .special = true};
}

/// The same of an entry of a list.
AddedToken read_listed_token(const JsonSection& section, const std::string& key,
                             std::size_t index) {
  const nlohmann::json& entry = section.array(key)[index];
  if (entry.is_object()) {
    return read_added_token({entry, section.document, {key, std::to_string(index)}});
  }
  if (!entry.is_string()) {
    section.fail_entry(key, index,
                       fmt::format("is {}, expected text or an object", support::quote(entry)));
  }
  return {.content = entry.get<std::string>(), .special = true};
}

void add_new_token(AddedToken token, TokenizerFile& file) {
  if (!token.content.empty() && !is_added(file, token.content)) add_token(file, std::move(token));
}

/// Adds the special token under `key` unless it has been added.
void add_named_token(const JsonSection& section, const std::string& key, TokenizerFile& file) {
  AddedToken token = read_token(section, key);
  token.special = true;
  add_new_token(std::move(token), file);
}

bool is_named(const JsonSection& root, const std::string& content) {
  return std::any_of(names.begin(), names.end(), [&](const char* name) {
    return root.has(name) && read_token(root, name).content == content;
  });
}

void add_listed_tokens(const JsonSection& root, TokenizerFile& file) {
  const JsonSection listed = root.child("added_tokens_decoder");
  std::map<std::uint64_t, AddedToken> by_id;
  for (const auto& [key, value] : listed.object.items()) {
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc{} || end != key.data() + key.size()) {
      listed.fail(key, "is no id, expected a whole number");
    }
    by_id.emplace(id, read_added_token(listed.child(key)));
  }
  for (auto& [id, token] : by_id) {
    token.special = token.special || is_named(root, token.content);
    add_token(file, std::move(token));
  }
}

/// Special tokens without a name of their own: a list, or an object by names.
void add_extra_tokens(const JsonSection& root, const char* key, TokenizerFile& file) {
  const nlohmann::json& tokens = root.value(key);
  if (tokens.is_object()) {
    const JsonSection extra = root.child(key);
    const std::size_t before = file.tokens.spellings.size();
    for (const auto& [name, value] : extra.object.items()) {
      add_named_token(extra, name, file);
    }
    if (file.tokens.spellings.size() > before + 1) {
      root.fail(key,
                "names several new tokens, whose ids would follow the order in the file; "
                "list them under \"added_tokens_decoder\"");
    }
    return;
  }
  for (std::size_t i = 0; i < root.array(key).size(); ++i) {
    add_new_token(read_listed_token(root, key, i), file);
  }
}

}  // namespace

void add_config_tokens(const TokenizerConfig& config, TokenizerFile& file) {
  const support::JsonDocument document = support::parse_json(config.json, {config.name});
  const JsonSection root = document.root();
  if (root.has("added_tokens_decoder")) add_listed_tokens(root, file);
  for (const char* name : names) {
    if (root.has(name)) add_named_token(root, name, file);
  }
  for (const char* key : {"extra_special_tokens", "additional_special_tokens"}) {
    if (!root.has(key)) continue;
    add_extra_tokens(root, key, file);
    break;  // the second is the first one's old name
  }
}

TokenId find_pad_token(const std::string& json, const std::string& name,
                       const Tokenizer& tokenizer) {
  const support::JsonDocument document = support::parse_json(json, {name});
  const support::JsonSection root = document.root();
  const nlohmann::json* token = root.find("pad_token");
  if (token == nullptr) {
    root.fail("pad_token",
              "is missing; method.attention_mask = \"not_pad\" and method.loss_position = "
              "\"padded\" need one");
  }
  const auto spelling = token->is_object() ? root.child("pad_token").get<std::string>("content")
                                           : root.get<std::string>("pad_token");
  const auto id = tokenizer.find(spelling);
  if (!id) {
    root.fail("pad_token", fmt::format("is {}, which tokenizer.json beside it does not know",
                                       support::quote(spelling)));
  }
  return *id;
}

}  // namespace lightreasoner::text
