// SPDX-License-Identifier: Apache-2.0
#include "config/keys.hpp"

#include "config/bind.hpp"
#include "config/fields.hpp"

#include <cstddef>
#include <fmt/format.h>
#include <type_traits>
#include <variant>

namespace lightreasoner::config {
namespace {

bool is_automatic_field(const Field& field) {
  return field.takes_auto && std::visit(
                                 [](const auto& target) {
                                   using Value = std::remove_cvref_t<decltype(target)>;
                                   if constexpr (std::is_same_v<Value, std::int64_t*> ||
                                                 std::is_same_v<Value, std::uint64_t*>) {
                                     return is_automatic(*target);
                                   }
                                   return false;
                                 },
                                 field.target);
}

/// " [16]", " [\"ids\", or \"text\"]"; nothing for texts, which are long, and for paths.
std::string describe_default(const Field& field) {
  if (field.required) {
    return " (required)";
  }
  if (std::holds_alternative<std::string*>(field.target) ||
      std::holds_alternative<std::filesystem::path*>(field.target)) {
    return "";
  }
  std::string text = format_value(field);
  if (const auto* choice = std::get_if<Choice>(&field.target)) {
    for (std::size_t i = 0, others = 0; i < choice->words.size(); ++i) {
      if (i != choice->chosen()) {
        text += fmt::format("{}\"{}\"", others++ == 0 ? ", or " : ", ", choice->words[i]);
      }
    }
  }
  return " [" + text + "]";
}

}  // namespace

std::vector<std::string> automatic_keys(const RunConfig& config) {
  RunConfig copy = config;
  std::vector<std::string> keys;
  for (const Field& field : fields_of(copy)) {
    if (is_automatic_field(field)) {
      keys.push_back(field.key);
    }
  }
  return keys;
}

std::vector<KeyValue> effective_keys(const RunConfig& config) {
  RunConfig copy = config;
  std::vector<KeyValue> keys;
  for (const Field& field : fields_of(copy)) {
    if (field.path == PathUse::preset) continue;
    keys.push_back({field.key, format_value(field)});
  }
  return keys;
}

std::string to_toml(const RunConfig& config) {
  std::string text;
  std::string section;
  for (const KeyValue& entry : effective_keys(config)) {
    const std::size_t dot = entry.key.find('.');
    if (entry.key.substr(0, dot) != section) {
      text += fmt::format("{}[{}]\n", section.empty() ? "" : "\n", entry.key.substr(0, dot));
      section = entry.key.substr(0, dot);
    }
    text += fmt::format("{} = {}\n", entry.key.substr(dot + 1), entry.value);
  }
  return text;
}

std::string describe_keys() {
  RunConfig defaults;
  std::string text;
  for (const Field& field : fields_of(defaults)) {
    text += fmt::format("  {:<33} {}{}\n", field.key, field.meaning, describe_default(field));
  }
  return text;
}

}  // namespace lightreasoner::config
