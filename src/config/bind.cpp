// SPDX-License-Identifier: Apache-2.0
#include "config/bind.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>
#include <type_traits>

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

std::string quoted(const std::string& text) { return text_of(toml::value<std::string>(text)); }

[[noreturn]] void refuse(const Field& field, const toml::node& value, const std::string& place,
                         const std::string& what) {
  throw support::UserError(fmt::format("{}: {} = {}: {}", place, field.key, text_of(value), what));
}

void check_range(const Field& field, const toml::node& value, double number,
                 const std::string& place) {
  if (!(number >= field.least && number <= field.greatest)) {
    refuse(field, value, place,
           fmt::format("must be between {} and {}", field.least, field.greatest));
  }
}

template <typename Number>
void assign_number(const Field& field, Number& target, const toml::node& value,
                   const std::string& place) {
  // TOML's own integers are exact; a float key also takes a whole number.
  if constexpr (std::is_integral_v<Number>) {
    if (field.takes_auto && value.value<std::string>() == auto_word) {
      target = automatic;
      return;
    }
    if (const auto* integer = value.as_integer()) {
      check_range(field, value, static_cast<double>(integer->get()), place);
      target = static_cast<Number>(integer->get());
      return;
    }
  } else if (const auto number = value.value<double>(); number && value.is_number()) {
    check_range(field, value, *number, place);
    target = static_cast<Number>(*number);
    return;
  }
  refuse(field, value, place, "must be " + type_name(field));
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
  if (!field.choices.empty() &&
      std::find(field.choices.begin(), field.choices.end(), text->get()) == field.choices.end()) {
    refuse(field, value, place,
           fmt::format("must be one of \"{}\"", fmt::join(field.choices, "\", \"")));
  }
  target = text->get();
}

void assign_list(const Field& field, std::vector<std::string>& target, const toml::node& value,
                 const std::string& place) {
  const auto* array = value.as_array();
  if (array == nullptr || !std::all_of(array->begin(), array->end(),
                                       [](const toml::node& entry) { return entry.is_string(); })) {
    refuse(field, value, place, "must be " + type_name(field));
  }
  target.clear();
  for (const toml::node& entry : *array) {
    target.push_back(entry.as_string()->get());
  }
}

}  // namespace

void assign(const Field& field, const toml::node& value, const std::string& place) {
  std::visit(
      [&](auto* target) {
        using Value = std::remove_pointer_t<decltype(target)>;
        if constexpr (std::is_same_v<Value, bool>) {
          assign_flag(field, *target, value, place);
        } else if constexpr (std::is_arithmetic_v<Value>) {
          assign_number(field, *target, value, place);
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
      [&](const auto* target) -> std::string {
        using Value = std::remove_cvref_t<decltype(*target)>;
        if constexpr (std::is_arithmetic_v<Value>) {
          if (field.takes_auto && *target == Value{automatic}) {
            return quoted(auto_word);
          }
          return fmt::format("{}", *target);  // shortest text that reads back to the same bits
        } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
          std::vector<std::string> entries;
          std::transform(target->begin(), target->end(), std::back_inserter(entries), quoted);
          return fmt::format("[{}]", fmt::join(entries, ", "));
        } else if constexpr (std::is_same_v<Value, std::filesystem::path>) {
          return quoted(target->string());
        } else {
          return quoted(*target);
        }
      },
      field.target);
}

std::string type_name(const Field& field) {
  return std::visit(
      [&](const auto* target) -> std::string {
        using Value = std::remove_cvref_t<decltype(*target)>;
        if constexpr (std::is_same_v<Value, bool>) {
          return "true or false";
        } else if constexpr (std::is_integral_v<Value>) {
          return field.takes_auto ? "a whole number or \"auto\"" : "a whole number";
        } else if constexpr (std::is_floating_point_v<Value>) {
          return "a number";
        } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
          return "a list of texts";
        } else if constexpr (std::is_same_v<Value, std::filesystem::path>) {
          return "a path in quotes";
        } else {
          return "a text in quotes";
        }
      },
      field.target);
}

}  // namespace lightreasoner::config
