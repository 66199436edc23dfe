// SPDX-License-Identifier: Apache-2.0
/// The one strict reader of JSON: errors name file, line and key, no key may stand twice.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lightreasoner::support {

/// Any larger size is a mistake, and products of three of them still fit 128 bits.
inline constexpr std::int64_t largest_size = std::int64_t{1} << 31;

/// What is refused before it takes memory or the stack.
struct JsonLimits {
  std::size_t bytes = std::size_t{64} << 20;
  std::size_t depth = 64;  ///< objects and lists inside one another
  std::size_t values = 4'000'000;
};

/// The keys read so far of the objects that are open: readers differ in which of two equal keys
/// they take, so a second one is an error.
class OpenKeys {
 public:
  void open_object() { objects_.emplace_back(); }
  void close_object() { objects_.pop_back(); }
  /// False when the innermost object has the key already.
  [[nodiscard]] bool insert(const std::string& key) { return objects_.back().insert(key).second; }

 private:
  std::vector<std::set<std::string>> objects_;
};

struct JsonSection;

/// Where a text is from, as errors tell it.
struct JsonSource {
  std::string file_name;
  std::size_t line = 0;  ///< 1-based, of a JSON Lines file; 0: the text is a whole file
  std::string remedy{};  ///< ends every message
};

/// A text's JSON object, and where the text is from.
struct JsonDocument {
  JsonSource source;
  std::string_view text;  ///< must outlive this
  nlohmann::json object;

  /// The object itself, which refers to this document.
  [[nodiscard]] JsonSection root() const;
};

/// Throws UserError naming file and line: not JSON, no object, a key that stands twice in one
/// object, a NUL byte, beyond the limits. `text` is referred to. A UTF-8 byte-order mark is
/// skipped.
[[nodiscard]] JsonDocument parse_json(std::string_view text, const JsonSource& source,
                                      const JsonLimits& limits = {});

/// A value as it stands in the file, cut where it would fill a screen.
[[nodiscard]] std::string quote(const nlohmann::json& value);

/// True for null, false, "", [] and {}: settings with such a value ask for nothing. Not for 0,
/// which is a layer's index or a token's id in some.
[[nodiscard]] bool asks_for_nothing(const nlohmann::json& value);

/// The same, and 0: for settings of which 0 is no index and no id.
[[nodiscard]] bool is_off(const nlohmann::json& value);

/// The types that can be asked for: exactly what stands in the file is looked at. Asked for a whole
/// number, the JSON library itself makes 8 of 8.5 and 1 of true.
template <typename T>
struct JsonType;
template <std::integral T>
struct JsonType<T> {
  static constexpr const char* noun = "a whole number";
  static bool fits(const nlohmann::json& value) {
    return value.is_number_unsigned()
               ? std::in_range<T>(value.get<std::uint64_t>())
               : value.is_number_integer() && std::in_range<T>(value.get<std::int64_t>());
  }
};
template <std::floating_point T>
struct JsonType<T> {
  static constexpr const char* noun = "a number";
  static bool fits(const nlohmann::json& value) { return value.is_number(); }
};
template <>
struct JsonType<bool> {
  static constexpr const char* noun = "true or false";
  static bool fits(const nlohmann::json& value) { return value.is_boolean(); }
};
template <>
struct JsonType<std::string> {
  static constexpr const char* noun = "text";
  static bool fits(const nlohmann::json& value) { return value.is_string(); }
};

/// One object of a document. Null and absent are the same. All functions throw UserError naming
/// file, line and key.
struct JsonSection {
  const nlohmann::json& object;
  const JsonDocument& document;
  std::vector<std::string> path{};  ///< from the document's object to this one

  [[noreturn]] void fail(const std::string& key, const std::string& what) const;
  /// The same for an entry of the list under `key`.
  [[noreturn]] void fail_entry(const std::string& key, std::size_t index,
                               const std::string& what) const;

  /// The key's value, nullptr when absent.
  [[nodiscard]] const nlohmann::json* find(const std::string& key) const;
  [[nodiscard]] bool has(const std::string& key) const { return find(key) != nullptr; }
  /// The key's value, which must be there.
  [[nodiscard]] const nlohmann::json& value(const std::string& key) const;

  /// The key's value, of the type as it stands.
  template <typename T>
  [[nodiscard]] T get(const std::string& key) const {
    const nlohmann::json& found = value(key);
    if (!JsonType<T>::fits(found)) {
      fail(key, "is " + quote(found) + ", expected " + JsonType<T>::noun);
    }
    return found.get<T>();
  }
  template <typename T>
  [[nodiscard]] T get_or(const std::string& key, T otherwise) const {
    return has(key) ? get<T>(key) : std::move(otherwise);
  }
  template <typename T>
  [[nodiscard]] std::vector<T> list(const std::string& key) const {
    std::vector<T> entries;
    for (const nlohmann::json& entry : array(key)) {
      if (!JsonType<T>::fits(entry)) {
        fail_entry(key, entries.size(), "is " + quote(entry) + ", expected " + JsonType<T>::noun);
      }
      entries.push_back(entry.get<T>());
    }
    return entries;
  }
  /// The values of the object under `key` by their names.
  template <typename T>
  [[nodiscard]] std::map<std::string, T> map(const std::string& key) const {
    const JsonSection inner = child(key);
    std::map<std::string, T> values;
    for (const auto& [name, found] : inner.object.items()) values[name] = inner.get<T>(name);
    return values;
  }

  /// A whole number from 1 to `greatest`.
  [[nodiscard]] std::int64_t size(const std::string& key,
                                  std::int64_t greatest = largest_size) const;
  [[nodiscard]] std::int64_t size_or(const std::string& key, std::int64_t otherwise) const;
  /// A finite number above 0.
  [[nodiscard]] double positive(const std::string& key) const;
  [[nodiscard]] double positive_or(const std::string& key, double otherwise) const;
  /// The number under `key` as it stands in the file: doubles keep 17 digits. Reads the document
  /// anew.
  [[nodiscard]] std::string_view number_text(const std::string& key) const;
  /// Throws unless the key is absent or holds `supported`; "WHAT not supported, only SUPPORTED".
  void only(const std::string& key, const nlohmann::json& supported, const std::string& what) const;

  [[nodiscard]] const nlohmann::json::array_t& array(const std::string& key) const;
  /// The object under `key`.
  [[nodiscard]] JsonSection child(const std::string& key) const;
  /// The objects of the list under `key`.
  [[nodiscard]] std::vector<JsonSection> children(const std::string& key) const;
};

}  // namespace lightreasoner::support
