// SPDX-License-Identifier: Apache-2.0
#include "support/json_lines.hpp"

#include "support/errors.hpp"
#include "support/trim.hpp"
#include "support/utf8.hpp"

#include <fmt/format.h>

namespace lightreasoner::support {

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

void JsonLine::fail(const std::string& what) const {
  throw UserError(fmt::format("{}:{}: {}", file.string(), number, what));
}

JsonDocument JsonLine::parse() const {
  if (text.size() > max_line_bytes) {
    fail(fmt::format("the line has {} bytes, {} are allowed; shorten or remove it", text.size(),
                     max_line_bytes));
  }
  if (const std::size_t good = valid_utf8_prefix(text); good != text.size()) {
    fail(fmt::format("not UTF-8 in column {}; convert the file to UTF-8", good + 1));
  }
  return parse_json(text, {file.string(), number});
}

std::vector<JsonLine> split_json_lines(std::string_view bytes, const std::filesystem::path& file) {
  bytes = utf8_text(bytes, file.string());
  std::vector<JsonLine> lines;
  for (std::size_t number = 1; !bytes.empty(); ++number) {
    const std::string_view text = take_line(bytes);
    if (!trim(text).empty()) lines.push_back({file, number, text});
  }
  return lines;
}

}  // namespace lightreasoner::support
