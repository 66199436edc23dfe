// SPDX-License-Identifier: Apache-2.0
#include "report/table.hpp"

#include "report/rows.hpp"
#include "report/text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace lightreasoner::report {
namespace {

constexpr std::size_t terminal_width = 80;

}  // namespace

std::string format_table(const RunSummary& summary, const std::string& report_path) {
  const std::vector<Row> rows = head_rows(summary);
  std::size_t name_width = 0, value_width = 0;
  for (const Row& row : rows) {
    name_width = std::max(name_width, width_of(row.name));
    value_width = std::max(value_width, width_of(row.value));
  }
  std::string text = cut_to_width("LightReasoner run " + summary.title, terminal_width) + "\n\n";
  for (const Row& row : rows) {
    std::string line =
        fmt::format("  {:<{}}  {:>{}}", row.name, name_width, row.value, value_width);
    if (!row.note.empty()) {
      line += "  " + row.note;
    }
    text += cut_to_width(line, terminal_width) + "\n";
  }
  return text + "\n" + report_path;
}

}  // namespace lightreasoner::report
