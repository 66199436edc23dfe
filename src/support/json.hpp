// SPDX-License-Identifier: Apache-2.0
/// Reading a Hugging Face JSON file key by key, with errors that name file and key.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace lightreasoner::support {

/// Any larger size is a mistake, and products of three of them still fit 128 bits.
inline constexpr std::int64_t largest_size = std::int64_t{1} << 31;

/// The text's JSON object. Throws UserError naming the file when it is no object, or when a key
/// stands twice in one object: readers differ in which of the two they take.
[[nodiscard]] nlohmann::json parse_object(const std::string& text, const std::string& file_name);

/// A value as it stands in the file, cut where it would fill a screen.
[[nodiscard]] std::string quote(const nlohmann::json& value);

/// One object of a file. All functions throw UserError naming file and key.
struct JsonSection {
  const nlohmann::json& object;
  std::string file_name;
  std::string prefix{};  ///< of the keys in messages

  [[noreturn]] void fail(const std::string& key, const std::string& what) const;

  /// The key's value, nullptr when absent. Null and absent are the same in these files.
  [[nodiscard]] const nlohmann::json* find(const std::string& key) const;

  /// A whole number from 1 to `greatest`.
  [[nodiscard]] std::int64_t size(const std::string& key,
                                  std::int64_t greatest = largest_size) const;
  [[nodiscard]] std::int64_t size_or(const std::string& key, std::int64_t otherwise) const;
  /// A finite number above 0.
  [[nodiscard]] double positive(const std::string& key) const;
  [[nodiscard]] double positive_or(const std::string& key, double otherwise) const;
  [[nodiscard]] bool flag_or(const std::string& key, bool otherwise) const;
  /// Throws unless the key is absent or holds `supported`; "NAME is not supported".
  void only(const std::string& key, const nlohmann::json& supported, const std::string& what) const;
  /// The object under `key`.
  [[nodiscard]] JsonSection child(const std::string& key) const;
};

}  // namespace lightreasoner::support
