// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_config.hpp"

#include "support/json.hpp"
#include "support/whole_number.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fmt/format.h>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

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

/// The sections that say of special tokens, the one that counts first: what it has a key for, null
/// too, the others do not say.
using Sections = std::vector<JsonSection>;

/// The section that says what the key is, if there is one.
const JsonSection* section_with(const Sections& sections, const char* key) {
  for (const JsonSection& section : sections) {
    if (!section.object.contains(key)) continue;
    return section.has(key) && !section.value(key).empty() ? &section : nullptr;
  }
  return nullptr;
}

bool is_named(const Sections& sections, const std::string& content) {
  return std::any_of(names.begin(), names.end(), [&](const char* name) {
    const JsonSection* const section = section_with(sections, name);
    return section != nullptr && read_token(*section, name).content == content;
  });
}

/// The tokens of the list under `key`; none where it is something else or not there.
std::vector<AddedToken> listed_tokens(const JsonSection& section, const char* key) {
  std::vector<AddedToken> tokens;
  if (!section.has(key) || section.value(key).is_object()) return tokens;
  for (std::size_t i = 0; i < section.array(key).size(); ++i) {
    tokens.push_back(read_listed_token(section, key, i));
  }
  return tokens;
}

constexpr const char* extra_key = "extra_special_tokens";
constexpr const char* older_extra_key = "additional_special_tokens";

/// Special tokens without a name: those of tokenizer_config.json, under their new key or else their
/// old one, and behind them those that special_tokens_map.json has under the new key.
/// (transformers/tokenization_utils_base.py, _from_pretrained)
std::vector<AddedToken> extra_tokens(const JsonSection& config, const JsonSection* map) {
  std::vector<AddedToken> tokens = listed_tokens(config, extra_key);
  const bool is_object = config.has(extra_key) && config.value(extra_key).is_object();
  if (tokens.empty() && !is_object) tokens = listed_tokens(config, older_extra_key);
  if (map != nullptr) {
    std::vector<AddedToken> more = listed_tokens(*map, extra_key);
    tokens.insert(tokens.end(), more.begin(), more.end());
  }
  return tokens;
}

std::uint64_t read_id(const JsonSection& listed, const std::string& key) {
  const auto id = support::whole_number(key);
  if (!id) listed.fail(key, "is no id, expected a whole number");
  return *id;
}

void add_listed_tokens(const JsonSection& root, TokenizerFile& file) {
  const JsonSection listed = root.child("added_tokens_decoder");
  std::map<std::uint64_t, AddedToken> by_id;
  for (const auto& [key, value] : listed.object.items()) {
    by_id.emplace(read_id(listed, key), read_added_token(listed.child(key)));
  }
  for (auto& [id, token] : by_id) {
    token.special = token.special || is_named({root}, token.content);
    add_token(file, std::move(token));
  }
}

/// Those of an added_tokens.json, ids by spelling. What tokenizer.json says of a token counts.
void add_older_tokens(const JsonSection& added, const Sections& sections,
                      const std::vector<AddedToken>& extra, TokenizerFile& file) {
  std::map<std::uint64_t, std::string> by_id;
  for (const auto& [spelling, id] : added.object.items()) {
    by_id.emplace(added.get<std::uint64_t>(spelling), spelling);
  }
  for (const auto& [id, content] : by_id) {
    const std::string& spelling = content;  // clang lets no lambda see a binding
    const bool is_extra = std::any_of(extra.begin(), extra.end(), [&](const AddedToken& token) {
      return token.content == spelling;
    });
    const bool is_special = is_extra || is_named(sections, spelling);
    add_new_token({.content = spelling, .special = is_special, .normalized = !is_special}, file);
  }
}

/// The keys of the document's object, or of the one under `key`, in the order of the file, by which
/// new tokens get their ids.
std::vector<std::string> ordered_keys(const JsonSection& root, const char* key = nullptr) {
  const auto object = nlohmann::ordered_json::parse(root.document.text);
  std::vector<std::string> keys;
  for (const auto& [name, value] : (key == nullptr ? object : object.at(key)).items()) {
    keys.push_back(name);
  }
  return keys;
}

/// Whether `key` names a special token that only some models have, such as image_token.
bool is_own_name(const std::string& key) {
  return key.ends_with("_token") && std::find(names.begin(), names.end(), key) == names.end();
}

/// Adds the special tokens under those of `keys` that are names of the model's own and of a type
/// that is `wanted` (true: text, false: an object). Whether any was text.
bool add_own_names(const JsonSection& root, const std::vector<std::string>& keys,
                   std::initializer_list<bool> wanted, TokenizerFile& file) {
  bool has_text = false;
  for (const std::string& key : keys) {
    if (!is_own_name(key) || !root.has(key)) continue;
    const bool is_text = root.value(key).is_string();
    const bool is_meant = is_text || root.value(key).is_object();
    if (!is_meant || std::find(wanted.begin(), wanted.end(), is_text) == wanted.end()) continue;
    add_named_token(root, key, file);
    has_text = has_text || is_text;
  }
  return has_text;
}

/// Adds those of an object by names under `key`; whether there is one.
bool add_named_object(const JsonSection& root, const char* key, TokenizerFile& file) {
  const nlohmann::json* const tokens = root.find(key);
  if (tokens == nullptr || !tokens->is_object() || tokens->empty()) return false;
  for (const std::string& name : ordered_keys(root, key)) {
    add_named_token(root.child(key), name, file);
  }
  return true;
}

/// The special tokens that only some models have: those under a name of their own, given as objects
/// and then as text, and those of an object under "extra_special_tokens" or, where there is none of
/// either, under "model_specific_special_tokens".
void add_own_tokens(const JsonSection& root, TokenizerFile& file) {
  const std::vector<std::string> keys = ordered_keys(root);
  add_own_names(root, keys, {false}, file);
  const bool has_text = add_own_names(root, keys, {true}, file);
  if (add_named_object(root, extra_key, file) || has_text) return;
  add_named_object(root, "model_specific_special_tokens", file);
}

}  // namespace

void add_config_tokens(const TokenizerConfig& config, TokenizerFile& file) {
  const auto document = support::parse_json(config.json, {config.name_of(tokenizer_config_file)});
  const auto special =
      support::parse_json(config.special_tokens, {config.name_of(special_tokens_file)});
  const auto added = support::parse_json(config.added_tokens, {config.name_of(added_tokens_file)});
  refuse_if_on(document.root(), "split_special_tokens");
  const bool is_older = !document.root().has("added_tokens_decoder");
  const JsonSection root = document.root();
  const JsonSection map = special.root();
  const Sections sections = is_older ? Sections{map, root} : Sections{root};
  std::vector<AddedToken> extra = extra_tokens(root, is_older ? &map : nullptr);
  begin_adding(file);
  if (is_older) {
    add_older_tokens(added.root(), sections, extra, file);
  } else {
    add_listed_tokens(root, file);
  }
  for (const char* name : names) {
    if (const JsonSection* const section = section_with(sections, name)) {
      add_named_token(*section, name, file);
    }
  }
  add_own_tokens(root, file);
  if (is_older) {
    add_own_names(map, ordered_keys(map), {false, true}, file);
    add_named_object(map, extra_key, file);
    if (extra.empty()) extra = listed_tokens(map, older_extra_key);
  }
  for (AddedToken& token : extra) add_new_token(std::move(token), file);
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
