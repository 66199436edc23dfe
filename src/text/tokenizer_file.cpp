// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_file.hpp"

#include "support/errors.hpp"
#include "support/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

namespace lightreasoner::text {
namespace {

using nlohmann::json;

/// Longest part of a file's own text that an error shows, in bytes.
constexpr std::size_t max_message_bytes = 400;

/// Thrown while reading; read_tokenizer_file puts the file's name in front.
[[noreturn]] void fail(const std::string& what) { throw support::UserError(what); }

[[noreturn]] void refuse(const std::string& part) {
  fail(part + " is not supported; use a model with a plain byte-level BPE tokenizer");
}

json parse_json(std::string_view text) {
  if (text.size() > max_tokenizer_bytes) {
    fail(fmt::format("{} bytes, at most {} are read", text.size(), max_tokenizer_bytes));
  }
  std::size_t values = 0;
  return json::parse(text, [&](int depth, json::parse_event_t, const json&) {
    if (depth > max_tokenizer_depth) {
      fail(fmt::format("nested deeper than {} levels", max_tokenizer_depth));
    }
    if (++values > max_tokenizer_values) {
      fail(fmt::format("more than {} JSON values", max_tokenizer_values));
    }
    return true;
  });
}

/// True when a setting is absent, null, false, 0 or empty: when it asks for nothing.
bool is_off(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() || *found == false || *found == 0 ||
         (found->is_string() && found->get_ref<const std::string&>().empty());
}

void refuse_if_on(const json& object, const char* key, const std::string& where) {
  if (!is_off(object, key)) refuse(fmt::format("{} \"{}\"", where, key));
}

std::string type_of(const json& object) { return object.at("type").get<std::string>(); }

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
  for (const char* key : {"single_word", "lstrip", "rstrip"}) {
    refuse_if_on(entry, key, fmt::format("added token \"{}\":", token.content));
  }
  token.special = entry.value("special", false);
  token.normalized = entry.value("normalized", false);
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

KnownPattern known_pattern(const std::string& regex) {
  std::string names;
  for (const KnownPattern& pattern : known_patterns()) {
    if (pattern.regex == regex) return pattern;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", pattern.name);
  }
  fail(fmt::format("pre_tokenizer pattern is none of the known ones ({}): {}", names, regex));
}

/// Appends the patterns of one pre-tokenizer; the byte-level step itself is always the last.
void read_pre_tokenizer(const json& part, TokenizerFile& file) {
  const std::string type = type_of(part);
  if (type == "Split") {
    if (part.at("behavior") != "Isolated" || !is_off(part, "invert")) {
      refuse("pre_tokenizer \"Split\" other than \"Isolated\"");
    }
    file.patterns.push_back(known_pattern(part.at("pattern").at("Regex").get<std::string>()));
  } else if (type == "ByteLevel") {
    refuse_if_on(part, "add_prefix_space", "pre_tokenizer \"ByteLevel\":");
    if (part.value("use_regex", true)) file.patterns.push_back(gpt2_pattern);
  } else {
    refuse(fmt::format("pre_tokenizer \"{}\"", type));
  }
}

void read_pre_tokenizers(const json& root, TokenizerFile& file) {
  const json whole = root.value("pre_tokenizer", json());
  if (whole.is_null()) refuse("a tokenizer without pre_tokenizer");
  const json parts =
      type_of(whole) == "Sequence" ? whole.at("pretokenizers") : json::array({whole});
  const auto is_byte_level = [](const json& part) { return type_of(part) == "ByteLevel"; };
  if (parts.empty() || std::count_if(parts.begin(), parts.end(), is_byte_level) != 1 ||
      !is_byte_level(parts.back())) {
    refuse("a pre_tokenizer that does not end with its one \"ByteLevel\"");
  }
  for (const json& part : parts) read_pre_tokenizer(part, file);
}

/// Lets pass what leaves the ids of a single text alone.
void check_post_processor(const json& root) {
  const json part = root.value("post_processor", json());
  if (part.is_null()) return;
  const std::string type = type_of(part);
  const json only_the_text = json::parse(R"([{"Sequence": {"id": "A", "type_id": 0}}])");
  const bool changes_nothing =
      type == "ByteLevel" || (type == "TemplateProcessing" && part.at("single") == only_the_text);
  if (!changes_nothing) refuse(fmt::format("post_processor \"{}\" that adds tokens", type));
}

void check_other_parts(const json& root) {
  for (const char* key : {"truncation", "padding"}) refuse_if_on(root, key, "setting");
  if (const auto normalizer = root.find("normalizer");
      normalizer != root.end() && !normalizer->is_null()) {
    refuse(fmt::format("normalizer \"{}\"", type_of(*normalizer)));
  }
  const json decoder = root.value("decoder", json());
  const std::string type = decoder.is_null() ? "null" : type_of(decoder);
  if (type != "ByteLevel") refuse(fmt::format("decoder \"{}\"", type));
  check_post_processor(root);
}

[[noreturn]] void fail_in_file(const std::string& name, const std::string& what) {
  fail(name + ": " + support::repair_utf8(what.substr(0, max_message_bytes)));
}

}  // namespace

TokenizerFile read_tokenizer_file(std::string_view text, const std::string& name) {
  try {
    const json root = parse_json(text);
    TokenizerFile file;
    check_other_parts(root);
    read_model(root, file);
    read_pre_tokenizers(root, file);
    return file;
  } catch (const json::exception& error) {
    fail_in_file(name, fmt::format("not a readable tokenizer.json: {}", error.what()));
  } catch (const support::UserError& error) {
    fail_in_file(name, error.what());
  }
}

}  // namespace lightreasoner::text
