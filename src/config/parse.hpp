// SPDX-License-Identifier: Apache-2.0
/// From a run file's text to a configuration.
#pragma once

#include "config/run_config.hpp"
#include "support/files.hpp"

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace lightreasoner::config {

/// Gives a file's bytes, or throws UserError.
using ReadFile = std::function<std::string(const std::filesystem::path&)>;

/// Parses a run file's text and "section.key=value" overrides (same parser; a bare word is taken as
/// text), fills defaults and validates; of `read` it asks the prompt preset, if one is named.
/// Throws UserError naming file, line and key for unknown keys (with the nearest known one), wrong
/// types and values out of range. `file` resolves relative paths.
[[nodiscard]] RunConfig parse_run_config(std::string_view toml, const std::filesystem::path& file,
                                         std::span<const std::string> overrides,
                                         const ReadFile& read = support::read_file);

/// The same for the effective configuration that lies in a run directory (config.toml), of any
/// version since 0.1: keys that are no more are passed over.
[[nodiscard]] RunConfig parse_stored_config(std::string_view toml,
                                            const std::filesystem::path& file);

}  // namespace lightreasoner::config
