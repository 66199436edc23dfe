// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_steps.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

namespace lightreasoner::text {
namespace {

using nlohmann::json;
using support::JsonSection;

std::string type_of(const JsonSection& part) { return part.get<std::string>("type"); }

/// The parts of a "Sequence" (listed under `list`), any other object by itself, none where `key` is
/// absent.
std::vector<JsonSection> parts_of(const JsonSection& root, const char* key, const char* list) {
  if (!root.has(key)) return {};
  const JsonSection whole = root.child(key);
  if (type_of(whole) != "Sequence") return {whole};
  return whole.children(list);
}

void read_normalizer(const JsonSection& root, TokenizerSteps& steps) {
  for (const JsonSection& part : parts_of(root, "normalizer", "normalizers")) {
    if (type_of(part) != "NFC") refuse(part, "type");
    steps.nfc = true;
  }
}

unicode::KnownPattern known_pattern(const JsonSection& pattern) {
  const auto regex = pattern.get<std::string>("Regex");
  std::string names;
  for (const unicode::KnownPattern& known : unicode::known_patterns()) {
    if (known.regex == regex) return known;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
  }
  pattern.fail("Regex", fmt::format("is {}: not supported, only those of {}",
                                    support::quote(pattern.value("Regex")), names));
}

unicode::KnownPattern split_pattern(const JsonSection& part) {
  if (part.get<std::string>("behavior") != "Isolated") refuse(part, "behavior");
  refuse_if_on(part, "invert");
  const JsonSection pattern = part.child("pattern");
  if (!pattern.has("Regex")) refuse(part, "pattern");
  return known_pattern(pattern);
}

void read_pre_tokenizer(const JsonSection& part, unicode::PreTokenizerSteps& steps) {
  const std::string type = type_of(part);
  if (type == "Split") {
    steps.patterns.push_back(split_pattern(part));
  } else if (type == "Digits") {
    steps.patterns.push_back(part.get<bool>("individual_digits") ? unicode::digit_pattern
                                                                 : unicode::digits_pattern);
  } else if (type == "ByteLevel") {
    steps.add_prefix_space = part.get<bool>("add_prefix_space");
    steps.use_regex = part.get_or("use_regex", true);
  } else {
    refuse(part, "type");
  }
}

void read_pre_tokenizers(const JsonSection& root, TokenizerSteps& steps) {
  const std::vector<JsonSection> parts = parts_of(root, "pre_tokenizer", "pretokenizers");
  const auto is_byte_level = [](const JsonSection& part) { return type_of(part) == "ByteLevel"; };
  if (parts.empty() || std::count_if(parts.begin(), parts.end(), is_byte_level) != 1 ||
      !is_byte_level(parts.back())) {
    root.fail("pre_tokenizer", fmt::format("must end with its one \"ByteLevel\"; {}", remedy));
  }
  for (const JsonSection& part : parts) read_pre_tokenizer(part, steps.pre_tokenizer);
}

/// The ids that a template's special token stands for.
std::vector<TokenId> special_ids(const JsonSection& part, const std::string& token,
                                 std::size_t num_tokens) {
  const JsonSection known = part.child("special_tokens").child(token);
  std::vector<TokenId> ids;
  for (const auto id : known.list<std::uint64_t>("ids")) {
    if (id >= num_tokens) {
      known.fail_entry("ids", ids.size(), fmt::format("is {}, which is no token's id", id));
    }
    ids.push_back(static_cast<TokenId>(id));
  }
  return ids;
}

/// Reads the template for one text, such as [BOS] $A [EOS].
void read_template(const JsonSection& part, std::size_t num_tokens, TokenizerSteps& steps) {
  std::size_t num_texts = 0;
  for (const JsonSection& piece : part.children("single")) {
    if (piece.has("SpecialToken")) {
      const auto token = piece.child("SpecialToken").get<std::string>("id");
      std::vector<TokenId>& ids = num_texts == 0 ? steps.before_text : steps.after_text;
      for (const TokenId id : special_ids(part, token, num_tokens)) ids.push_back(id);
    } else {
      const JsonSection sequence = piece.child("Sequence");
      if (sequence.get<std::string>("id") != "A") refuse(sequence, "id");
      ++num_texts;
    }
  }
  if (num_texts != 1) {
    part.fail("single",
              fmt::format("holds the text {} times, once is supported; {}", num_texts, remedy));
  }
}

void read_post_processor(const JsonSection& root, std::size_t num_tokens, TokenizerSteps& steps) {
  bool has_template = false;
  for (const JsonSection& part : parts_of(root, "post_processor", "processors")) {
    const std::string type = type_of(part);
    if (type == "ByteLevel") continue;  // moves offsets alone
    if (type != "TemplateProcessing") refuse(part, "type");
    if (has_template) {
      part.fail("type", fmt::format("is a second template: not supported; {}", remedy));
    }
    has_template = true;
    read_template(part, num_tokens, steps);
  }
}

}  // namespace

void refuse(const JsonSection& part, const std::string& key) {
  part.fail(key, fmt::format("is {}: not supported; {}", support::quote(part.value(key)), remedy));
}

void refuse_if_on(const JsonSection& part, const std::string& key) {
  const json* value = part.find(key);
  if (value != nullptr && !support::is_off(*value)) refuse(part, key);
}

TokenizerSteps read_tokenizer_steps(const JsonSection& root, std::size_t num_tokens) {
  TokenizerSteps steps;
  read_normalizer(root, steps);
  read_pre_tokenizers(root, steps);
  read_post_processor(root, num_tokens, steps);
  if (const JsonSection decoder = root.child("decoder"); type_of(decoder) != "ByteLevel") {
    refuse(decoder, "type");
  }
  return steps;
}

}  // namespace lightreasoner::text
