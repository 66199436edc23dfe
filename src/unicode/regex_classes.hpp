// SPDX-License-Identifier: Apache-2.0
/// Regular expressions written for Oniguruma, which `tokenizers` uses, in PCRE2's words.
#pragma once

#include <string>
#include <string_view>

namespace lightreasoner::unicode {

/// Replaces \s, \S, \w and \p{L}, \p{N}, \p{M}, \p{P}, \p{S}, inside and outside of [], by classes
/// that hold the same characters in any PCRE2 from 10.40 (Unicode 14) on as in `tokenizers` 0.23
/// (Unicode 16). @pre No \S inside of [].
[[nodiscard]] std::string to_pcre2(std::string_view regex);

}  // namespace lightreasoner::unicode
