// SPDX-License-Identifier: Apache-2.0
/// One TOML value into one field, and back.
#pragma once

#include "config/field.hpp"

#include <string>
#include <toml++/toml.h>

namespace lightreasoner::config {

/// Puts `value` into the field's target. `place` ("file:line" or the override) begins every error.
/// Throws UserError for another type, a value out of range or that is none of its words.
void assign(const Field& field, const toml::node& value, const std::string& place);

/// The field's value as TOML that assign reads back to the same bits.
[[nodiscard]] std::string format_value(const Field& field);

/// What a field takes, in words: its TOML type, or its choice of words.
[[nodiscard]] std::string type_name(const Field& field);

}  // namespace lightreasoner::config
