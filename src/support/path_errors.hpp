// SPDX-License-Identifier: Apache-2.0
/// Why a path cannot be read, and what its owner can do about it.
#pragma once

#include <filesystem>

namespace lightreasoner::support {

/// Throws UserError: "PATH: WHAT: the system's error; the way out". The way out names the part of
/// the path that is missing, is a link to nothing, or may not be entered. `error` is an errno.
[[noreturn]] void fail_to_read(const std::filesystem::path& path, const char* what, int error);

/// Whether something is there to be read. Throws as fail_to_read where that cannot be known or the
/// way there ends in a link to nothing: then it is not missing, it is out of reach.
[[nodiscard]] bool is_there(const std::filesystem::path& path);

}  // namespace lightreasoner::support
