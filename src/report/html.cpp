// SPDX-License-Identifier: Apache-2.0

#include "report/html.hpp"

#include "logging/progress.hpp"
#include "report/figures.hpp"
#include "report/rows.hpp"
#include "report/text.hpp"

#include <fmt/format.h>
#include <string>

namespace lightreasoner::report {
namespace {

constexpr std::string_view style = R"(<style>
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f5f7f9; --ink: #1b2026; --muted: #57616b; --hairline: #d9dfe5;
  --strong: #0a62b8; --faint: #a9c3dd; --mark: #b3450b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #11161b; --panel: #1a2128; --ink: #e4eaf0; --muted: #9ba7b3; --hairline: #2c353e;
    --strong: #6cb2ff; --faint: #48688b; --mark: #ff9f5f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 46rem; padding: 2rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 0.75rem; font-size: 1.15rem; }
.lead { margin: 0.5rem 0 1.5rem; color: var(--muted); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.75rem;
  margin: 0; }
.tiles div { padding: 0.75rem 1rem; border-radius: 0.5rem; background: var(--panel); }
.tiles dt { color: var(--muted); font-size: 0.85rem; }
.tiles dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.empty { padding: 1rem; border-radius: 0.5rem; background: var(--panel); color: var(--muted); }
figure { margin: 0; }
figcaption { margin-top: 0.25rem; color: var(--muted); font-size: 0.9rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--muted); font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
svg text.title, svg text.value { fill: var(--ink); }
svg text.value { font-weight: 600; }
svg path { fill: none; stroke-linecap: round; stroke-linejoin: round; }
.grid { stroke: var(--hairline); }
.axis { stroke: var(--muted); }
.raw { stroke: var(--faint); stroke-width: 1.25; }
.smooth { stroke: var(--strong); stroke-width: 2.5; }
.interval { stroke: var(--faint); stroke-width: 8; }
.dot { stroke: var(--strong); stroke-width: 12; }
.threshold { stroke: var(--mark); stroke-width: 2; stroke-dasharray: 6 5; }
.selected { fill: var(--strong); }
.left-out { fill: var(--faint); }
table { width: 100%; border-collapse: collapse; font-size: 0.95rem; }
th, td { padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid var(--hairline);
  text-align: left; vertical-align: top; font-weight: 400; }
th { white-space: pre; }
td.value { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums;
  font-weight: 600; }
td.note { width: 60%; padding-left: 0.5rem; color: var(--muted); }
.settings th, .settings td { font: 0.8rem/1.4 ui-monospace, Menlo, Consolas, monospace; }
.settings td { white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; }
@media (max-width: 34rem) {
  svg text { font-size: 20px; }
  .head tr { display: grid; grid-template-columns: 1fr auto; padding: 0.35rem 0;
    border-bottom: 1px solid var(--hairline); }
  .head th, .head td { padding: 0; border: 0; width: auto; }
  .head td.note { grid-column: 1 / -1; }
}
</style>
)";

std::string tile(std::string_view name, std::string_view value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(name), escape_html(value));
}

std::string tiles(const RunSummary& summary) {
  std::string text;
  if (summary.accuracy.before) {
    text += tile("accuracy before", format_percent(summary.accuracy.before->accuracy));
  }
  if (summary.accuracy.after) {
    text += tile("accuracy after", format_percent(summary.accuracy.after->accuracy));
  }
  if (summary.accuracy.before && summary.accuracy.after) {
    text += tile("change in points", format_change(summary));
  }
  if (!summary.stage_seconds.empty()) {
    text += tile("time", logging::format_duration(total_seconds(summary)));
  }
  return text.empty() ? "" : fmt::format("<dl class=\"tiles\">\n{}</dl>\n", text);
}

std::string head_table(const RunSummary& summary) {
  std::string text = "<table class=\"head\">\n";
  for (const Row& row : head_rows(summary)) {
    text += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"value\">{}</td><td class=\"note\">{}</td></tr>\n",
        escape_html(row.name), escape_html(row.value), escape_html(row.note));
  }
  return text + "</table>\n";
}

std::string settings_table(const RunSummary& summary) {
  std::string text =
      fmt::format("<details>\n<summary>All {} settings</summary>\n<table class=\"settings\">\n",
                  summary.settings.size());
  for (const auto& [key, value] : summary.settings) {
    text += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escape_html(key),
                        escape_html(value));
  }
  return text + "</table>\n</details>\n";
}

std::string section(std::string_view heading, std::string_view content) {
  return fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", heading, content);
}

}  // namespace

std::string format_html(const RunSummary& summary) {
  const std::string title = escape_html("LightReasoner run " + summary.title);
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  page += fmt::format("<title>{}</title>\n{}</head>\n<body>\n<main>\n<h1>{}</h1>\n", title, style,
                      title);
  page +=
      "<p class=\"lead\">An expert tuned on the steps where it differs most from an amateur, "
      "without labels.</p>\n";
  page += tiles(summary);
  page += section("Accuracy", accuracy_figure(summary));
  page += section("Steps by divergence", kl_figure(summary));
  page += section("Loss of fine-tuning", loss_figure(summary));
  page += section("Figures in full", head_table(summary));
  page += section("Settings", settings_table(summary));
  return page + "</main>\n</body>\n</html>\n";
}

}  // namespace lightreasoner::report
