// SPDX-License-Identifier: Apache-2.0
#include "report/run_summary.hpp"

#include "report/rows.hpp"
#include "report/text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace lightreasoner::report {
namespace {

constexpr std::size_t columns = 80;

}  // namespace

std::string format_table(const RunSummary& summary, const std::string& report_path) {
  const std::vector<Row> rows = head_rows(summary);
  std::size_t name_columns = 0, value_columns = 0;
  for (const Row& row : rows) {
    name_columns = std::max(name_columns, count_columns(row.name));
    value_columns = std::max(value_columns, count_columns(row.value));
  }
  std::string text = cut_to_columns("LightReasoner run " + summary.title, columns) + "\n\n";
  for (const Row& row : rows) {
    std::string line =
        fmt::format("  {:<{}}  {:>{}}", row.name, name_columns, row.value, value_columns);
    if (!row.note.empty()) {
      line += "  " + row.note;
    }
    text += cut_to_columns(line, columns) + "\n";
  }
  return text + "\n" + report_path;
}

}  // namespace lightreasoner::report
