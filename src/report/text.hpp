// SPDX-License-Identifier: Apache-2.0
/// Numbers and text as a reader meets them, the same in the table and on the page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lightreasoner::report {

/// "12,345".
[[nodiscard]] std::string format_count(std::uint64_t count);
/// A fraction as "39.3 %"; "?" when it is not finite.
[[nodiscard]] std::string format_percent(double fraction);
/// "p = 0.031", "p = 3.2e-20"; never a zero, which no test gives.
[[nodiscard]] std::string format_p_value(double p_value);
/// Three significant digits without a trailing point: "0.0123", "1.5", "1,230".
[[nodiscard]] std::string format_number(double value);

/// `text` cut to `width` characters (UTF-8), "..." at its end if it was longer.
[[nodiscard]] std::string cut_to_width(std::string_view text, std::size_t width);
/// Characters of UTF-8 text.
[[nodiscard]] std::size_t width_of(std::string_view text);

/// Text for HTML content and quoted attributes; control characters become blanks.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace lightreasoner::report
