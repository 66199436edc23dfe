// SPDX-License-Identifier: Apache-2.0
/// White space at a text's ends.
#pragma once

#include <cstddef>
#include <string_view>

namespace lightreasoner::support {

/// `text` without ASCII white space at its ends.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  constexpr std::string_view white_space = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

}  // namespace lightreasoner::support
