// SPDX-License-Identifier: Apache-2.0
/// Why a path cannot be read, and what its owner can do about it.
#pragma once

#include <filesystem>
#include <string>

namespace lightreasoner::support {

/// What to do about the errno `error` of a path, after "; ": names the part of the path that is
/// missing, is a link to nothing, or may not be entered. Empty where nothing is known.
[[nodiscard]] std::string way_out(const std::filesystem::path& path, int error);

/// Throws UserError: "PATH: WHAT: the system's error; the way out". `error` is an errno.
[[noreturn]] void fail_to_read(const std::filesystem::path& path, const char* what, int error);

/// Whether something is there to be read. Throws as fail_to_read where that cannot be known or the
/// way there ends in a link to nothing: then it is not missing, it is out of reach.
[[nodiscard]] bool is_there(const std::filesystem::path& path);

}  // namespace lightreasoner::support
