// SPDX-License-Identifier: Apache-2.0
#include "support/json.hpp"

#include "support/errors.hpp"

#include <cmath>
#include <fmt/format.h>
#include <set>
#include <vector>

namespace lightreasoner::support {

using nlohmann::json;

namespace {

constexpr std::size_t longest_quote = 200;

}  // namespace

std::string quote(const json& value) {
  const std::string text = value.dump();
  return text.size() <= longest_quote ? text : text.substr(0, longest_quote) + "...";
}

json parse_object(const std::string& text, const std::string& file_name) {
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto watch = [&](int /*depth*/, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) {
      keys.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      keys.pop_back();
    } else if (event == json::parse_event_t::key && !keys.back().insert(parsed).second) {
      throw UserError(fmt::format("{}: key {} stands there twice", file_name, quote(parsed)));
    }
    return true;
  };
  json parsed = json::parse(text, watch, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    throw UserError(file_name + ": is not a JSON object; the file may be damaged or incomplete");
  }
  return parsed;
}

void JsonSection::fail(const std::string& key, const std::string& what) const {
  throw UserError(fmt::format("{}: key \"{}{}\": {}", file_name, prefix, key, what));
}

const json* JsonSection::find(const std::string& key) const {
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

std::int64_t JsonSection::size(const std::string& key, std::int64_t greatest) const {
  const json* value = find(key);
  if (value == nullptr) {
    fail(key, "is missing; this is not a complete Hugging Face decoder configuration");
  }
  if (!value->is_number_integer() || *value < 1 || *value > greatest) {
    fail(key, fmt::format("is {}, expected a whole number from 1 to {}", quote(*value), greatest));
  }
  return value->get<std::int64_t>();
}

std::int64_t JsonSection::size_or(const std::string& key, std::int64_t otherwise) const {
  return find(key) == nullptr ? otherwise : size(key);
}

double JsonSection::positive(const std::string& key) const {
  const json* value = find(key);
  if (value == nullptr) {
    fail(key, "is missing");
  }
  if (!value->is_number() || !(value->get<double>() > 0) || !std::isfinite(value->get<double>())) {
    fail(key, fmt::format("is {}, expected a number above 0", quote(*value)));
  }
  return value->get<double>();
}

double JsonSection::positive_or(const std::string& key, double otherwise) const {
  return find(key) == nullptr ? otherwise : positive(key);
}

bool JsonSection::flag_or(const std::string& key, bool otherwise) const {
  const json* value = find(key);
  if (value != nullptr && !value->is_boolean()) {
    fail(key, fmt::format("is {}, expected true or false", quote(*value)));
  }
  return value == nullptr ? otherwise : value->get<bool>();
}

void JsonSection::only(const std::string& key, const json& supported,
                       const std::string& what) const {
  const json* value = find(key);
  if (value != nullptr && *value != supported) {
    fail(key,
         fmt::format("is {}: {} not supported, only {}", quote(*value), what, supported.dump()));
  }
}

JsonSection JsonSection::child(const std::string& key) const {
  const json* value = find(key);
  if (value == nullptr || !value->is_object()) {
    fail(key, "is not an object");
  }
  return {*value, file_name, prefix + key + "."};
}

}  // namespace lightreasoner::support
