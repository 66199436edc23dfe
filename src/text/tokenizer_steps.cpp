// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_steps.hpp"

#include "text/tokenizer_json.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

namespace lightreasoner::text {
namespace {

using nlohmann::json;

void read_normalizer(const json& root, TokenizerSteps& steps) {
  for (const json& part : parts_of(root.value("normalizer", json()), "normalizers")) {
    if (type_of(part) != "NFC") refuse(fmt::format("normalizer \"{}\"", type_of(part)));
    steps.nfc = true;
  }
}

unicode::KnownPattern known_pattern(const std::string& regex) {
  std::string names;
  for (const unicode::KnownPattern& pattern : unicode::known_patterns()) {
    if (pattern.regex == regex) return pattern;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", pattern.name);
  }
  fail(fmt::format("pre_tokenizer pattern is none of the known ones ({}): {}", names, regex));
}

unicode::KnownPattern split_pattern(const json& part) {
  if (part.at("behavior") != "Isolated" || !is_off(part, "invert")) {
    refuse("pre_tokenizer \"Split\" other than \"Isolated\"");
  }
  if (!part.at("pattern").contains("Regex")) refuse("pre_tokenizer \"Split\" without \"Regex\"");
  return known_pattern(part.at("pattern").at("Regex").get<std::string>());
}

void read_pre_tokenizer(const json& part, unicode::PreTokenizerSteps& steps) {
  const std::string type = type_of(part);
  if (type == "Split") {
    steps.patterns.push_back(split_pattern(part));
  } else if (type == "Digits") {
    steps.patterns.push_back(part.at("individual_digits").get<bool>() ? unicode::digit_pattern
                                                                      : unicode::digits_pattern);
  } else if (type == "ByteLevel") {
    steps.add_prefix_space = part.at("add_prefix_space").get<bool>();
    steps.use_regex = part.value("use_regex", true);
  } else {
    refuse(fmt::format("pre_tokenizer \"{}\"", type));
  }
}

void read_pre_tokenizers(const json& root, TokenizerSteps& steps) {
  const json whole = root.value("pre_tokenizer", json());
  if (whole.is_null()) refuse("a tokenizer without pre_tokenizer");
  const json parts = parts_of(whole, "pretokenizers");
  const auto is_byte_level = [](const json& part) { return type_of(part) == "ByteLevel"; };
  if (parts.empty() || std::count_if(parts.begin(), parts.end(), is_byte_level) != 1 ||
      !is_byte_level(parts.back())) {
    refuse("a pre_tokenizer that does not end with its one \"ByteLevel\"");
  }
  for (const json& part : parts) read_pre_tokenizer(part, steps.pre_tokenizer);
}

/// The ids that a template's special token stands for.
std::vector<TokenId> special_ids(const json& part, const std::string& token,
                                 std::size_t num_tokens) {
  const json& known = part.at("special_tokens");
  if (!known.contains(token)) {
    fail(fmt::format("post_processor names \"{}\", which its special_tokens lack", token));
  }
  std::vector<TokenId> ids;
  for (const json& id : known.at(token).at("ids").get_ref<const json::array_t&>()) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= num_tokens) {
      fail(fmt::format("post_processor: \"{}\" has id {}, which no token has", token, id.dump()));
    }
    ids.push_back(id.get<TokenId>());
  }
  return ids;
}

/// Reads the template for one text, such as [BOS] $A [EOS].
void read_template(const json& part, std::size_t num_tokens, TokenizerSteps& steps) {
  std::size_t num_texts = 0;
  for (const json& piece : part.at("single").get_ref<const json::array_t&>()) {
    if (piece.contains("SpecialToken")) {
      const auto token = piece.at("SpecialToken").at("id").get<std::string>();
      std::vector<TokenId>& ids = num_texts == 0 ? steps.before_text : steps.after_text;
      for (const TokenId id : special_ids(part, token, num_tokens)) ids.push_back(id);
    } else if (piece.at("Sequence").at("id") == "A") {
      ++num_texts;
    } else {
      refuse("post_processor whose template for one text names a second");
    }
  }
  if (num_texts != 1) refuse("post_processor whose template does not hold the text once");
}

void read_post_processor(const json& root, std::size_t num_tokens, TokenizerSteps& steps) {
  bool has_template = false;
  for (const json& part : parts_of(root.value("post_processor", json()), "processors")) {
    const std::string type = type_of(part);
    if (type == "ByteLevel") continue;  // moves offsets alone
    if (type != "TemplateProcessing") refuse(fmt::format("post_processor \"{}\"", type));
    if (has_template) refuse("post_processor with two templates");
    has_template = true;
    read_template(part, num_tokens, steps);
  }
}

void check_decoder(const json& root) {
  const json decoder = root.value("decoder", json());
  const std::string type = decoder.is_null() ? "null" : type_of(decoder);
  if (type != "ByteLevel") refuse(fmt::format("decoder \"{}\"", type));
}

}  // namespace

TokenizerSteps read_tokenizer_steps(const json& root, std::size_t num_tokens) {
  for (const char* key : {"truncation", "padding"}) refuse_if_on(root, key, "setting");
  TokenizerSteps steps;
  read_normalizer(root, steps);
  read_pre_tokenizers(root, steps);
  read_post_processor(root, num_tokens, steps);
  check_decoder(root);
  return steps;
}

}  // namespace lightreasoner::text
