// SPDX-License-Identifier: Apache-2.0
/// White space at the ends of a text.
#pragma once

#include <cstddef>
#include <string_view>

namespace lightreasoner::unicode {

/// Bytes of the white space (Unicode's White_Space) that the text begins or ends with.
[[nodiscard]] std::size_t leading_white_space(std::string_view text);
[[nodiscard]] std::size_t trailing_white_space(std::string_view text);

/// The text without what Python's str.strip takes off: white space and the separators U+001C to
/// U+001F.
[[nodiscard]] std::string_view strip(std::string_view text);

}  // namespace lightreasoner::unicode
