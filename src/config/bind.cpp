// SPDX-License-Identifier: Apache-2.0
#include "config/bind.hpp"

#include "config/run_config.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>
#include <type_traits>
#include <utility>

namespace lightreasoner::config {
namespace {

/// Texts in one form only, with escapes: a literal string cannot hold a line break.
constexpr auto single_line =
    toml::toml_formatter::default_flags &
    ~(toml::format_flags::allow_multi_line_strings | toml::format_flags::allow_literal_strings);

std::string text_of(const toml::node& value) {
  std::ostringstream out;
  value.visit([&](const auto& node) { out << toml::toml_formatter(node, single_line); });
  return out.str();
}

constexpr const char* auto_word = "auto";

std::string as_toml(const std::string& text) { return text_of(toml::value<std::string>(text)); }

std::string as_toml_list(const std::vector<std::string>& texts) {
  std::vector<std::string> entries;
  std::transform(texts.begin(), texts.end(), std::back_inserter(entries), as_toml);
  return fmt::format("[{}]", fmt::join(entries, ", "));
}

[[noreturn]] void refuse(const Field& field, const toml::node& value, const std::string& place,
                         const std::string& what) {
  throw support::UserError(fmt::format("{}: {} = {}: {}", place, field.key, text_of(value), what));
}

[[noreturn]] void refuse_number(const Field& field, const toml::node& value,
                                const std::string& place) {
  refuse(field, value, place, "must be " + support::in_words(field.range));
}

template <typename Number>
void assign_whole_number(const Field& field, Number& target, const toml::node& value,
                         const std::string& place) {
  if (field.takes_auto && value.value<std::string>() == auto_word) {
    target = automatic;
    return;
  }
  const auto* number = value.as_integer();
  if (number == nullptr) {
    refuse(field, value, place, "must be " + type_name(field));
  }
  // Up to 2^53 a double is the same number, and no range goes further.
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  if (number->get() < -exact || number->get() > exact ||
      !field.range.contains(static_cast<double>(number->get()))) {
    refuse_number(field, value, place);
  }
  target = static_cast<Number>(number->get());
}

/// A whole number will do for a key that takes a fraction.
template <typename Number>
void assign_fraction(const Field& field, Number& target, const toml::node& value,
                     const std::string& place) {
  const auto number = value.value<double>();
  if (!number || !value.is_number()) {
    refuse(field, value, place, "must be " + type_name(field));
  }
  // What is kept may be narrower, and then lie on an end that is not in the range.
  const auto kept = static_cast<Number>(*number);
  if (!field.range.contains(*number) || !field.range.contains(double{kept})) {
    refuse_number(field, value, place);
  }
  target = kept;
}

void assign_flag(const Field& field, bool& target, const toml::node& value,
                 const std::string& place) {
  const auto* flag = value.as_boolean();
  if (flag == nullptr) {
    refuse(field, value, place, "must be " + type_name(field));
  }
  target = flag->get();
}

template <typename Text>
void assign_text(const Field& field, Text& target, const toml::node& value,
                 const std::string& place) {
  const auto* text = value.as_string();
  if (text == nullptr) {
    refuse(field, value, place, "must be " + type_name(field));
  }
  if ((field.not_empty || field.required) && text->get().empty()) {
    refuse(field, value, place, "must not be empty");
  }
  target = text->get();
}

void assign_choice(const Field& field, const Choice& choice, const toml::node& value,
                   const std::string& place) {
  const auto* text = value.as_string();
  const auto& words = choice.words;
  const auto word = text == nullptr ? words.end() : std::find(words.begin(), words.end(), **text);
  if (word == words.end()) {
    refuse(field, value, place, "must be " + type_name(field));
  }
  choice.choose(static_cast<std::size_t>(word - words.begin()));
}

/// A text by itself is a list of one.
std::vector<std::string> read_list(const Field& field, const toml::node& value,
                                   const std::string& place) {
  if (value.is_string()) {
    return {value.as_string()->get()};
  }
  const auto* array = value.as_array();
  if (array == nullptr || !std::all_of(array->begin(), array->end(),
                                       [](const toml::node& entry) { return entry.is_string(); })) {
    refuse(field, value, place, "must be " + type_name(field));
  }
  std::vector<std::string> texts;
  for (const toml::node& entry : *array) {
    texts.push_back(entry.as_string()->get());
  }
  return texts;
}

void assign_list(const Field& field, std::vector<std::string>& target, const toml::node& value,
                 const std::string& place) {
  std::vector<std::string> texts = read_list(field, value, place);
  const bool has_empty = texts.empty() || std::find(texts.begin(), texts.end(), "") != texts.end();
  if (field.not_empty && has_empty) {
    refuse(field, value, place, "must be one text or more, none of them empty");
  }
  target = std::move(texts);
}

void assign_words(const Field& field, const WordList& target, const toml::node& value,
                  const std::string& place) {
  const std::vector<std::string> words = read_list(field, value, place);
  try {
    target.set(words);
  } catch (const support::UserError& error) {
    refuse(field, value, place, error.what());
  }
}

}  // namespace

void assign(const Field& field, const toml::node& value, const std::string& place) {
  std::visit(
      [&](const auto& target) {
        using Value = std::remove_pointer_t<std::remove_cvref_t<decltype(target)>>;
        if constexpr (std::is_same_v<Value, Choice>) {
          assign_choice(field, target, value, place);
        } else if constexpr (std::is_same_v<Value, WordList>) {
          assign_words(field, target, value, place);
        } else if constexpr (std::is_same_v<Value, bool>) {
          assign_flag(field, *target, value, place);
        } else if constexpr (std::is_integral_v<Value>) {
          assign_whole_number(field, *target, value, place);
        } else if constexpr (std::is_floating_point_v<Value>) {
          assign_fraction(field, *target, value, place);
        } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
          assign_list(field, *target, value, place);
        } else {
          assign_text(field, *target, value, place);
        }
      },
      field.target);
}

std::string format_value(const Field& field) {
  return std::visit(
      [&](const auto& target) -> std::string {
        using Value = std::remove_pointer_t<std::remove_cvref_t<decltype(target)>>;
        if constexpr (std::is_same_v<Value, Choice>) {
          return as_toml(target.words.at(target.chosen()));
        } else if constexpr (std::is_same_v<Value, WordList>) {
          return as_toml_list(target.words());
        } else if constexpr (std::is_arithmetic_v<Value>) {
          if (field.takes_auto && *target == Value{automatic}) {
            return as_toml(auto_word);
          }
          return fmt::format("{}", *target);  // shortest text that reads back to the same bits
        } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
          return as_toml_list(*target);
        } else if constexpr (std::is_same_v<Value, std::filesystem::path>) {
          return as_toml(target->string());
        } else {
          return as_toml(*target);
        }
      },
      field.target);
}

std::string type_name(const Field& field) {
  return std::visit(
      [&](const auto& target) -> std::string {
        using Value = std::remove_pointer_t<std::remove_cvref_t<decltype(target)>>;
        if constexpr (std::is_same_v<Value, Choice>) {
          return fmt::format("one of \"{}\"", fmt::join(target.words, "\", \""));
        } else if constexpr (std::is_same_v<Value, bool>) {
          return "true or false";
        } else if constexpr (std::is_integral_v<Value>) {
          return field.takes_auto ? "a whole number or \"auto\"" : "a whole number";
        } else if constexpr (std::is_floating_point_v<Value>) {
          return "a number";
        } else if constexpr (std::is_same_v<Value, std::vector<std::string>> ||
                             std::is_same_v<Value, WordList>) {
          return "a text or a list of texts";
        } else if constexpr (std::is_same_v<Value, std::filesystem::path>) {
          return "a path in quotes";
        } else {
          return "a text in quotes";
        }
      },
      field.target);
}

}  // namespace lightreasoner::config
