// SPDX-License-Identifier: Apache-2.0
/// Unicode's normalization form C, as `tokenizers` has it (utf8proc).
#pragma once

#include <string>
#include <string_view>

namespace lightreasoner::unicode {

/// The text in form C of Unicode 9, in which a tokenizer with an NFC normalizer was trained:
/// characters that came later stand as they are, whatever newer versions say of them.
/// @pre `text` is UTF-8.
[[nodiscard]] std::string to_nfc(std::string_view text);

}  // namespace lightreasoner::unicode
