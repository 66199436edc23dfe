// SPDX-License-Identifier: Apache-2.0
#include "support/json.hpp"

#include "support/errors.hpp"
#include "support/text_place.hpp"
#include "support/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <span>

namespace lightreasoner::support {

using nlohmann::json;

namespace {

constexpr std::size_t longest_quote = 200;

/// Iterator over a text that counts the characters a parser takes.
struct CountedChars {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at;
  std::size_t* taken;

  reference operator*() const { return *at; }
  CountedChars& operator++() {
    ++at;
    ++*taken;
    return *this;
  }
  bool operator==(const CountedChars& other) const { return at == other.at; }
};

/// Calls `watch(event, value)` for each event of the text, `taken` bytes of which are read by then.
/// Throws json::exception.
json parse_watched(std::string_view text, std::size_t& taken, const auto& watch) {
  const auto callback = [&](int /*depth*/, json::parse_event_t event, json& value) {
    watch(event, value);
    return true;
  };
  return json::parse(CountedChars{text.data(), &taken},
                     CountedChars{text.data() + text.size(), &taken}, callback);
}

/// Throws for what is wrong in `line` of a whole file, 0: in the file. Of a JSON Lines file the
/// source knows the line.
[[noreturn]] void fail_at(const JsonSource& source, std::size_t line, const std::string& what) {
  if (source.line > 0) line = source.line;
  throw UserError(source.file_name + (line == 0 ? "" : fmt::format(":{}", line)) + ": " + what +
                  (source.remedy.empty() ? "" : "; " + source.remedy));
}

bool is_start(json::parse_event_t event) {
  return event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
}

bool is_end(json::parse_event_t event) {
  return event == json::parse_event_t::object_end || event == json::parse_event_t::array_end;
}

/// What a document must keep to while it is read.
class Rules {
 public:
  Rules(const JsonDocument& document, const JsonLimits& limits)
      : document_(document), limits_(limits) {}

  void check(json::parse_event_t event, const json& value, std::size_t taken) {
    if (event == json::parse_event_t::object_start) keys_.open_object();
    if (event == json::parse_event_t::object_end) keys_.close_object();
    if (is_start(event) && ++depth_ > limits_.depth) {
      fail(taken, fmt::format("nested deeper than {} levels", limits_.depth));
    }
    if (is_end(event)) --depth_;
    if (++events_ > limits_.values) {
      fail(taken, fmt::format("more than {} JSON values", limits_.values));
    }
    if (event == json::parse_event_t::key && !keys_.insert(value.get_ref<const std::string&>())) {
      fail(taken, fmt::format("key {} stands there twice; remove one", quote(value)));
    }
  }

  [[noreturn]] void fail(std::size_t taken, const std::string& what) const {
    fail_at(document_.source, line_at(document_.text, taken), what);
  }

 private:
  const JsonDocument& document_;
  const JsonLimits& limits_;
  OpenKeys keys_;
  std::size_t depth_ = 0;
  std::size_t events_ = 0;
};

/// How much of the text a parser has taken once it is behind the value, or the bracket that opens
/// it, that `path` leads to; 0 when nothing is there. Reads the text anew.
std::size_t taken_at(std::string_view text, std::span<const std::string> path) {
  struct Level {
    bool is_list;
    std::size_t next_index;
    std::string name;  // of the member being read
  };
  std::vector<Level> open;
  std::size_t found = 0;
  std::size_t taken = 0;
  const auto leads_here = [&] {
    return std::equal(open.begin(), open.end(), path.begin(), path.end(),
                      [](const Level& level, const auto& name) { return level.name == name; });
  };
  parse_watched(text, taken, [&](json::parse_event_t event, const json& value) {
    if (is_end(event)) open.pop_back();
    if (event == json::parse_event_t::key) open.back().name = value.get<std::string>();
    if ((event == json::parse_event_t::value || is_start(event)) && !open.empty()) {
      if (open.back().is_list) open.back().name = std::to_string(open.back().next_index++);
      if (found == 0 && leads_here()) found = taken;
    }
    if (is_start(event)) open.push_back({event == json::parse_event_t::array_start, 0, ""});
  });
  return found;
}

/// What to do about a text that stops being JSON where `rest` begins; `reason` is the parser's.
const char* advice_on(std::string_view rest, std::string_view reason, const JsonSource& source) {
  if (reason.find("surrogate") != std::string_view::npos) {
    return "half a character: \\ud800 to \\udfff stand in pairs; write the character itself";
  }
  if (rest.starts_with("NaN") || rest.starts_with("Infinity")) {
    return "JSON has no NaN and no Infinity: write null, or a number";
  }
  return source.line > 0 ? "each line must be one JSON object"
                         : "the file may be damaged or incomplete";
}

std::vector<std::string> joined(std::vector<std::string> path,
                                const std::vector<std::string>& names) {
  path.insert(path.end(), names.begin(), names.end());
  return path;
}

}  // namespace

JsonSection JsonDocument::root() const { return {object, *this}; }

std::string quote(const json& value) {
  const std::string text = value.dump();
  return text.size() <= longest_quote ? text : repair_utf8(text.substr(0, longest_quote)) + "...";
}

bool asks_for_nothing(const json& value) {
  const auto* const text = value.get_ptr<const std::string*>();
  return value.is_null() || value == false || (text != nullptr && text->empty()) ||
         (value.is_structured() && value.empty());
}

bool is_off(const json& value) { return asks_for_nothing(value) || value == 0; }

JsonDocument parse_json(std::string_view text, const JsonSource& source, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    fail_at(source, 0, fmt::format("{} bytes, at most {} are read", text.size(), limits.bytes));
  }
  if (source.line == 0) text = utf8_text(text, source.file_name);
  JsonDocument document{source, text, {}};
  Rules rules(document, limits);
  // The parser takes it for the text's end.
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos) {
    rules.fail(at + 1,
               fmt::format("NUL byte in column {}; is this a text file?", column_at(text, at + 1)));
  }
  std::size_t taken = 0;
  try {
    document.object = parse_watched(text, taken, [&](json::parse_event_t event, const json& value) {
      rules.check(event, value, taken);
    });
  } catch (const json::parse_error& error) {
    taken = std::min(error.byte, text.size() + 1);
    rules.fail(taken, fmt::format("not JSON, in column {}; {}", column_at(text, taken),
                                  advice_on(text.substr(std::min(taken - 1, text.size())),
                                            error.what(), source)));
  } catch (const json::out_of_range&) {
    const std::string_view number = number_before(text, taken);
    rules.fail(taken, fmt::format("the number {} in column {} is too large to be read; write it as "
                                  "text, in quotes, or take it out",
                                  number, column_at(text, taken) - number.size()));
  }
  if (!document.object.is_object()) {
    fail_at(source, 0,
            fmt::format("expected a JSON object, found {}", document.object.type_name()));
  }
  return document;
}

void JsonSection::fail(const std::string& key, const std::string& what) const {
  const std::vector<std::string> whole = joined(path, {key});
  const std::size_t taken = document.source.line > 0 ? 0 : taken_at(document.text, whole);
  fail_at(document.source, taken == 0 ? 0 : line_at(document.text, taken),
          fmt::format("key \"{}\": {}", fmt::join(whole, "."), what));
}

void JsonSection::fail_entry(const std::string& key, std::size_t index,
                             const std::string& what) const {
  JsonSection{object, document, joined(path, {key})}.fail(std::to_string(index), what);
}

const json* JsonSection::find(const std::string& key) const {
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

const json& JsonSection::value(const std::string& key) const {
  const json* found = find(key);
  if (found == nullptr) fail(key, "is missing");
  return *found;
}

std::int64_t JsonSection::size(const std::string& key, std::int64_t greatest) const {
  const json& found = value(key);
  if (!JsonType<std::int64_t>::fits(found) || found < 1 || found > greatest) {
    fail(key, fmt::format("is {}, expected a whole number from 1 to {}", quote(found), greatest));
  }
  return found.get<std::int64_t>();
}

std::int64_t JsonSection::size_or(const std::string& key, std::int64_t otherwise) const {
  return has(key) ? size(key) : otherwise;
}

double JsonSection::positive(const std::string& key) const {
  const json& found = value(key);
  if (!found.is_number() || !(found.get<double>() > 0) || !std::isfinite(found.get<double>())) {
    fail(key, fmt::format("is {}, expected a number above 0", quote(found)));
  }
  return found.get<double>();
}

double JsonSection::positive_or(const std::string& key, double otherwise) const {
  return has(key) ? positive(key) : otherwise;
}

void JsonSection::only(const std::string& key, const json& supported,
                       const std::string& what) const {
  const json* found = find(key);
  if (found != nullptr && *found != supported) {
    fail(key,
         fmt::format("is {}: {} not supported, only {}", quote(*found), what, supported.dump()));
  }
}

std::string_view JsonSection::number_text(const std::string& key) const {
  return number_before(document.text, taken_at(document.text, joined(path, {key})));
}

const json::array_t& JsonSection::array(const std::string& key) const {
  const json& found = value(key);
  if (!found.is_array()) fail(key, fmt::format("is {}, expected a list", quote(found)));
  return found.get_ref<const json::array_t&>();
}

JsonSection JsonSection::child(const std::string& key) const {
  const json* found = find(key);
  if (found == nullptr || !found->is_object()) {
    fail(key,
         found == nullptr ? "is missing" : fmt::format("is {}, expected an object", quote(*found)));
  }
  return {*found, document, joined(path, {key})};
}

std::vector<JsonSection> JsonSection::children(const std::string& key) const {
  std::vector<JsonSection> sections;
  for (const json& entry : array(key)) {
    if (!entry.is_object()) {
      fail_entry(key, sections.size(), fmt::format("is {}, expected an object", quote(entry)));
    }
    sections.push_back({entry, document, joined(path, {key, std::to_string(sections.size())})});
  }
  return sections;
}

}  // namespace lightreasoner::support
