// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_config.hpp"

#include "support/json.hpp"
#include "support/whole_number.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace lightreasoner::text {
namespace {

using support::JsonSection;

/// Special tokens by name, in the order in which `transformers` adds them.
constexpr std::array names{"bos_token", "eos_token", "unk_token", "sep_token",
                           "pad_token", "cls_token", "mask_token"};

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

/// Special tokens by name. A later one of a name takes the earlier one's place.
using NamedTokens = std::vector<std::pair<std::string, AddedToken>>;

void set_token(NamedTokens& tokens, const std::string& name, AddedToken token) {
  token.special = true;
  const auto before = std::find_if(tokens.begin(), tokens.end(),
                                   [&](const auto& one) { return one.first == name; });
  if (before == tokens.end()) {
    tokens.emplace_back(name, std::move(token));
  } else {
    before->second = std::move(token);
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

constexpr const char* extra_key = "extra_special_tokens";
constexpr const char* older_extra_key = "additional_special_tokens";
constexpr const char* own_key = "model_specific_special_tokens";

/// The object under `key` that is not empty, its tokens by name.
NamedTokens named_object(const JsonSection& root, const char* key) {
  NamedTokens tokens;
  if (!root.has(key) || !root.value(key).is_object()) return tokens;
  for (const std::string& name : ordered_keys(root, key)) {
    set_token(tokens, name, read_token(root.child(key), name));
  }
  return tokens;
}

/// What is under `key`: nothing, or the tokens of a list, none where it is null.
std::optional<std::vector<AddedToken>> listed_tokens(const JsonSection& section, const char* key) {
  if (!section.object.contains(key)) return std::nullopt;
  std::vector<AddedToken> tokens;
  if (!section.has(key)) return tokens;
  for (std::size_t i = 0; i < section.array(key).size(); ++i) {
    tokens.push_back(read_listed_token(section, key, i));
  }
  return tokens;
}

bool is_standard_name(const std::string& key) {
  return std::find(names.begin(), names.end(), key) != names.end();
}

/// Whether `key` names a special token that only some models have, such as image_token.
bool is_own_name(const std::string& key) {
  return key.ends_with("_token") && !is_standard_name(key);
}

/// What the map has a key for, null too, the configuration does not say. `map` may be nullptr.
void read_standard_names(const JsonSection& config, const JsonSection* map, NamedTokens& named) {
  for (const char* name : names) {
    const JsonSection& section = map != nullptr && map->object.contains(name) ? *map : config;
    if (section.has(name) && !section.value(name).empty()) {
      set_token(named, name, read_token(section, name));
    }
  }
}

/// Tokens that only some models have: under a name of their own, and those of an object, which
/// count where both have the name.
void read_own_names(const JsonSection& config, const JsonSection* map, NamedTokens& named) {
  NamedTokens object;
  for (const std::string& key : ordered_keys(config)) {
    if (!is_own_name(key) || !config.has(key)) continue;
    const nlohmann::json& value = config.value(key);
    const bool is_replaced = map != nullptr && map->object.contains(key);
    if (value.is_string()) {
      set_token(object, key, read_token(config, key));
    } else if (value.is_object() && value.contains("__type") && !is_replaced) {
      set_token(named, key, read_token(config, key));
    }
  }
  for (auto& [name, token] : named_object(config, extra_key)) set_token(object, name, token);
  if (object.empty()) object = named_object(config, own_key);
  if (map != nullptr) {
    for (const std::string& key : ordered_keys(*map)) {
      if (!is_own_name(key) || !map->has(key)) continue;
      const nlohmann::json& value = map->value(key);
      if (value.is_string() || value.is_object()) set_token(named, key, read_token(*map, key));
    }
    for (auto& [name, token] : named_object(*map, extra_key)) set_token(object, name, token);
  }
  for (auto& [name, token] : object) set_token(named, name, token);
}

/// The special tokens that `transformers` takes from tokenizer_config.json and, where that one has
/// no added_tokens_decoder, from special_tokens_map.json.
/// (transformers/tokenization_utils_base.py, _from_pretrained and __init__)
struct ConfigTokens {
  NamedTokens named;  ///< in the order in which they are added
  std::vector<AddedToken> extra;
  bool extra_by_old_key = false;  ///< which added_tokens.json does not take for special
};

/// Tokens without a name, under the new key or, where nothing stands under that, the old one.
void read_extra_tokens(const JsonSection& config, const JsonSection* map, ConfigTokens& special) {
  const auto is_object = [](const JsonSection& section) {
    return section.has(extra_key) && section.value(extra_key).is_object();
  };
  std::optional<std::vector<AddedToken>> listed;
  if (!is_object(config)) listed = listed_tokens(config, extra_key);
  std::optional<std::vector<AddedToken>> older = listed_tokens(config, older_extra_key);
  const bool says_nothing = !config.has(extra_key) || config.value(extra_key).empty();
  if (older && says_nothing) listed = std::exchange(older, std::nullopt);
  if (map != nullptr && is_object(*map)) {
    listed.reset();
  } else if (map != nullptr && map->object.contains(extra_key)) {
    const std::vector<AddedToken> more = listed_tokens(*map, extra_key).value();
    if (!listed || !map->has(extra_key)) listed.emplace();
    listed->insert(listed->end(), more.begin(), more.end());
  }
  if (map != nullptr && map->object.contains(older_extra_key)) {
    older = listed_tokens(*map, older_extra_key);
  }
  special.extra_by_old_key = !listed;
  special.extra = listed ? *listed : older.value_or(std::vector<AddedToken>{});
}

ConfigTokens read_special_tokens(const JsonSection& config, const JsonSection* map) {
  ConfigTokens special;
  read_standard_names(config, map, special.named);
  read_own_names(config, map, special.named);
  read_extra_tokens(config, map, special);
  return special;
}

bool is_among(const NamedTokens& tokens, const std::string& content) {
  return std::any_of(tokens.begin(), tokens.end(),
                     [&](const auto& one) { return one.second.content == content; });
}

/// Whether one of the names that every model has stands for it.
bool is_standard(const NamedTokens& tokens, const std::string& content) {
  return std::any_of(tokens.begin(), tokens.end(), [&](const auto& one) {
    return one.second.content == content && is_standard_name(one.first);
  });
}

bool is_among(const std::vector<AddedToken>& tokens, const std::string& content) {
  return std::any_of(tokens.begin(), tokens.end(),
                     [&](const AddedToken& token) { return token.content == content; });
}

std::uint64_t read_id(const JsonSection& listed, const std::string& key) {
  const auto id = support::whole_number(key);
  if (!id) listed.fail(key, "is no id, expected a whole number");
  return *id;
}

void add_listed_tokens(const JsonSection& root, const ConfigTokens& special, TokenizerFile& file) {
  const JsonSection listed = root.child("added_tokens_decoder");
  std::map<std::uint64_t, AddedToken> by_id;
  for (const auto& [key, value] : listed.object.items()) {
    by_id.emplace(read_id(listed, key), read_added_token(listed.child(key)));
  }
  for (auto& [id, token] : by_id) {
    token.special = token.special || is_among(special.named, token.content);
    add_token(file, std::move(token));
  }
}

/// Those of an added_tokens.json, ids by spelling. What tokenizer.json says of a token counts.
void add_older_tokens(const JsonSection& added, const ConfigTokens& special, TokenizerFile& file) {
  std::map<std::uint64_t, std::string> by_id;
  for (const auto& [spelling, id] : added.object.items()) {
    by_id.emplace(added.get<std::uint64_t>(spelling), spelling);
  }
  for (const auto& [id, spelling] : by_id) {
    if (is_among(file.added, spelling)) continue;
    const bool is_extra = !special.extra_by_old_key && is_among(special.extra, spelling);
    const bool is_known = is_extra || is_standard(special.named, spelling);
    add_token(file, {.content = spelling,
                     .special = is_known || is_among(special.named, spelling),
                     .normalized = !is_known});
  }
}

}  // namespace

void add_config_tokens(const TokenizerConfig& config, TokenizerFile& file) {
  const auto document = support::parse_json(config.json, {config.name_of(tokenizer_config_file)});
  const auto map =
      support::parse_json(config.special_tokens, {config.name_of(special_tokens_file)});
  const auto added = support::parse_json(config.added_tokens, {config.name_of(added_tokens_file)});
  const JsonSection root = document.root();
  const JsonSection map_root = map.root();
  refuse_if_on(root, "split_special_tokens");
  const bool is_older = !root.has("added_tokens_decoder");
  const ConfigTokens special = read_special_tokens(root, is_older ? &map_root : nullptr);
  begin_adding(file);
  if (is_older) {
    add_older_tokens(added.root(), special, file);
  } else {
    add_listed_tokens(root, special, file);
  }
  // What nobody knows so far; where two name the same one, the later one's properties count.
  const std::vector<AddedToken> known = file.added;
  for (const auto& [name, token] : special.named) {
    if (!is_among(known, token.content)) add_token(file, token);
  }
  for (AddedToken token : special.extra) {
    token.special = token.special || is_among(special.named, token.content);
    if (!is_among(known, token.content)) add_token(file, std::move(token));
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
