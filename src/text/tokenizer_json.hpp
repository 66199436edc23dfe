// SPDX-License-Identifier: Apache-2.0
/// Small readers of tokenizer.json's objects, and how its errors are told.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace lightreasoner::text {

/// Longest accepted file in bytes, deepest accepted nesting, most JSON values.
inline constexpr std::size_t max_tokenizer_bytes = std::size_t{64} << 20;
inline constexpr int max_tokenizer_depth = 64;
inline constexpr std::size_t max_tokenizer_values = 4'000'000;

/// Throws UserError; read_tokenizer_file puts the file's name in front.
[[noreturn]] void fail(const std::string& what);

/// Fails for a part that is well-formed but not implemented.
[[noreturn]] void refuse(const std::string& part);

/// The file as JSON. Throws UserError beyond the limits above, json::exception for what is no JSON.
[[nodiscard]] nlohmann::json parse_json(std::string_view text);

/// True when a setting is absent, null, false, 0 or empty: when it asks for nothing.
[[nodiscard]] bool is_off(const nlohmann::json& object, const char* key);

/// Refuses a setting that is not off; `where` is the object's name.
void refuse_if_on(const nlohmann::json& object, const char* key, const std::string& where);

/// The object's "type".
[[nodiscard]] std::string type_of(const nlohmann::json& object);

/// The parts of a "Sequence" (listed under `key`), any other object by itself, none for null.
[[nodiscard]] nlohmann::json parts_of(const nlohmann::json& whole, const char* key);

}  // namespace lightreasoner::text
